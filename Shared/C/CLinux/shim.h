// What the Glibc module leaves out, which is imported without _GNU_SOURCE and without these headers.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

// recv(2), send(2) and epoll_wait(2) as glibc has them are points where a thread can be cancelled, and
// each call locks the bus twice to say so. No thread is ever cancelled here.

static inline ssize_t receive_bytes(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, descriptor, bytes, count, 0, (void *)0, (void *)0);
}

static inline ssize_t send_bytes(int descriptor, const void *bytes, size_t count) {
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, (void *)0, 0);
}

// `timeout` is in milliseconds, -1 for none.
static inline int wait_for_events(int descriptor, struct epoll_event *events, int count, int timeout) {
    return (int)syscall(SYS_epoll_pwait, descriptor, events, count, timeout, (void *)0, 8);
}
