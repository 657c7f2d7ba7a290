/**
 * Libc: the few system calls of the delay line and of the tunnel that Node does not have, through koffi.
 *
 * Always: memory handed to the kernel lives in ArrayBuffers that the caller keeps referenced; koffi
 * takes their address and does not keep them alive, so a buffer named in a structure (an iovec) must
 * outlive every call that uses the structure. Failures are numbers (errno) here and errors one level up.
 */
import { promisify } from 'node:util';

import koffi from 'koffi';

const lib = koffi.load('libc.so.6');

type Memory = Uint8Array | Uint32Array | BigInt64Array;

/** A call that may take long, on a thread of libuv's: the result, without errno. */
function inBackground(prototype: string): (...words: unknown[]) => Promise<number> {
  return promisify(lib.func(prototype).async) as (...words: unknown[]) => Promise<number>;
}

const call = {
  setns: lib.func('int setns(int fd, int nstype)') as (fd: number, type: number) => number,
  socket: lib.func('int socket(int domain, int type, int protocol)') as (
    domain: number,
    type: number,
    protocol: number,
  ) => number,
  setsockopt: lib.func(
    'int setsockopt(int fd, int level, int name, void *value, uint32_t length)',
  ) as (fd: number, level: number, name: number, value: Memory, length: number) => number,
  close: lib.func('int close(int fd)') as (fd: number) => number,
  send: lib.func('int64_t send(int fd, void *buffer, size_t length, int flags)') as (
    fd: number,
    buffer: Memory,
    length: number,
    flags: number,
  ) => number,
  recv: lib.func('int64_t recv(int fd, void *buffer, size_t length, int flags)') as (
    fd: number,
    buffer: Memory,
    length: number,
    flags: number,
  ) => number,
  read: lib.func('int64_t read(int fd, void *buffer, size_t length)') as (
    fd: number,
    buffer: Memory,
    length: number,
  ) => number,
  write: lib.func('int64_t write(int fd, void *buffer, size_t length)') as (
    fd: number,
    buffer: Memory,
    length: number,
  ) => number,
  /** With an argument that is a number, and with one that the kernel reads or writes. */
  ioctl: lib.func('int ioctl(int fd, unsigned long request, unsigned long argument)') as (
    fd: number,
    request: number,
    argument: number,
  ) => number,
  ioctlOn: lib.func('ioctl', 'int', ['int', 'unsigned long', 'void *']) as (
    fd: number,
    request: number,
    argument: Memory,
  ) => number,
  bind: lib.func('int bind(int fd, void *address, uint32_t length)') as (
    fd: number,
    address: Memory,
    length: number,
  ) => number,
  connect: inBackground('int connect(int fd, void *address, uint32_t length)') as (
    fd: number,
    address: Memory,
    length: number,
  ) => Promise<number>,
  accept4: inBackground('int accept4(int fd, void *address, uint32_t *length, int flags)') as (
    fd: number,
    address: null,
    length: null,
    flags: number,
  ) => Promise<number>,
  listen: lib.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number,
  shutdown: lib.func('int shutdown(int fd, int how)') as (fd: number, how: number) => number,
  recvmmsg: lib.func(
    'int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)',
  ) as (fd: number, messages: Memory, count: number, flags: number, timeout: null) => number,
  ppoll: lib.func('int ppoll(void *fds, unsigned long count, void *timeout, void *mask)') as (
    fds: Memory,
    count: number,
    timeout: BigInt64Array | null,
    mask: null,
  ) => number,
  eventfd: lib.func('int eventfd(unsigned int initial, int flags)') as (
    initial: number,
    flags: number,
  ) => number,
  sched_setscheduler: lib.func(
    'int sched_setscheduler(int pid, int policy, const void *param)',
  ) as (pid: number, policy: number, param: Int32Array) => number,
  setpriority: lib.func('int setpriority(int which, unsigned int who, int priority)') as (
    which: number,
    who: number,
    priority: number,
  ) => number,
  prctl: lib.func('int prctl(int option, unsigned long argument)') as (
    option: number,
    argument: number,
  ) => number,
};

export const AF_NETLINK = 16;
export const NETLINK_NETFILTER = 12;
export const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVBUFFORCE = 33;
export const SOL_NETLINK = 270;
export const NETLINK_NO_ENOBUFS = 5;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const CLONE_NEWNET = 0x40000000;
export const EAGAIN = 11;
export const EINTR = 4;
export const EFD_NONBLOCK_CLOEXEC = 0o2004000;
const PR_SET_TIMERSLACK = 29;
const SCHED_RR = 2;

export const libc = {
  ...call,
  errno: (): number => koffi.errno(),
  address: (memory: ArrayBuffer): bigint => koffi.address(memory),
  /** Sets a 32-bit socket option; 0 or -1. */
  setOption(fd: number, level: number, name: number, value: number): number {
    return call.setsockopt(fd, level, name, Uint32Array.of(value), 4);
  },
  /** This thread's timers fire within 1 ns of their time, not within the usual 50 µs. */
  preciseTimers: (): number => call.prctl(PR_SET_TIMERSLACK, 1),
  /** Schedules this thread alone before all that are not real-time; 0 or -1. */
  realTimeThread: (priority: number): number =>
    call.sched_setscheduler(0, SCHED_RR, Int32Array.of(priority)),
  /** The nice value of this thread alone. */
  niceThread: (value: number): number => call.setpriority(0, 0, value),
};

/** An error in the shape Node gives to a failed system call, for use as a `cause`. */
export function systemCallError(syscall: string, errno = libc.errno()): Error {
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0];
  return Object.assign(new Error(`${syscall}: ${name ?? 'errno'} (${errno})`), {
    syscall,
    errno: -errno,
    code: name,
  });
}
