/** Which part of a full packet of 1514 octets VXLAN, IP, TCP (with timestamps) and MPTCP's DSS leave. */
export const PAYLOAD = { tcp: 1398 / 1514, mptcp: 1370 / 1514 } as const;
