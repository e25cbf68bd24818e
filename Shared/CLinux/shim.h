// What the Glibc module leaves out, which is imported without _GNU_SOURCE and without these headers.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
