/** Which proxies the paper measured, for who shows its figures. */

/** Wherever the paper's “MPTCP Proxy” stands beside ours. */
export const PROXY_IS_DANTE =
  'The paper’s MPTCP Proxy is Dante 1.4.1. “MPTCP Proxy” here is HAProxy, the one that this project ships; “MPTCP Proxy ' +
  '(Dante)” is the paper’s engine on our gateways.';
