/** What a stall probe says when it watches; afterwards it says when it was woken late. */
export const READY = 'ready';
