// What the Glibc module lacks, because it is imported without _GNU_SOURCE and without these
// headers.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
int pipe2(int descriptors[2], int flags);
int memfd_create(const char *name, unsigned int flags);
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

// In glibc, recv(2), send(2) and epoll_wait(2) are points where a thread can be cancelled, for
// which each call locks the bus twice. No thread is ever cancelled here.

static inline ssize_t receive_bytes(int descriptor, void *bytes, size_t count) {
    return syscall(SYS_recvfrom, descriptor, bytes, count, 0, (void *)0, (void *)0);
}

static inline ssize_t send_bytes(int descriptor, const void *bytes, size_t count) {
    return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, (void *)0, 0);
}

// Swift cannot call variadic functions. sys/ioctl.h and linux/sockios.h would declare types that
// are also in Glibc.
int ioctl(int descriptor, unsigned long request, ...);

// SIOCOUTQ (tcp(7)); 0 if the kernel does not report it.
static inline int unsent_byte_count(int descriptor) {
    int count = 0;
    return ioctl(descriptor, 0x5411, &count) == 0 ? count : 0;
}

// `timeout` is in milliseconds, -1 for none.
static inline int wait_for_events(
    int descriptor, struct epoll_event *events, int count, int timeout
) {
    return (int)syscall(SYS_epoll_pwait, descriptor, events, count, timeout, (void *)0, 8);
}

// posix_spawn(3) lacks attributes for two things that our children need: to die with the thread
// that started them, however it ends (PR_SET_PDEATHSIG), and their own memory limit. So this does
// the work between fork and exec; in the child only with calls that are listed in
// signal-safety(7).

static inline void become_program(
    pid_t parent, int input, int output, int errors, unsigned long memory, int report,
    const char *path, char *const arguments[], char *const environment[]
) {
    // The parent may be gone before the first line takes effect.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(127);
    // A new session has no terminal, so nothing can ask for a password there.
    setsid();
    input = input < 0 ? open("/dev/null", O_RDONLY) : fcntl(input, F_DUPFD, 3);
    output = fcntl(output, F_DUPFD, 3);
    errors = fcntl(errors, F_DUPFD, 3);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(127);
    if (input > 2) close(input);
    close(output);
    close(errors);
    struct rlimit limit = {memory, memory};
    if (memory > 0) setrlimit(RLIMIT_AS, &limit);
    struct sigaction standard = {0};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < 65; number++) sigaction(number, &standard, (struct sigaction *)0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, (sigset_t *)0);
    execve(path, arguments, environment);
    int code = errno;
    if (write(report, &code, sizeof code) < 0) _exit(126);
    _exit(127);
}

// A descriptor that is readable once the process has ended, or -1; since Linux 5.3.
static inline int descriptor_of_process(pid_t process) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, process, 0);
#else
    return -1;
#endif
}

// Starts the program at `path` in its own session, with the descriptors as its input (none if -1),
// output and errors, and with this process's environment if that is NULL. `memory` limits its
// address space in bytes, 0 for no limit. Returns its process id, or -errno.
static inline pid_t start_bound_program(
    const char *path, char *const arguments[], char *const environment[],
    int input, int output, int errors, unsigned long memory
) {
    char *const *variables = environment ? environment : environ;
    int report[2];
    // Closed also in programs that other threads start meanwhile; otherwise this would wait for
    // them.
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    // No handler of the parent may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        become_program(
            parent, input, output, errors, memory, report[1], path, arguments, variables
        );
    }
    int code = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, (sigset_t *)0);
    close(report[1]);
    if (child > 0) {
        int failure = 0;
        ssize_t count;
        do count = read(report[0], &failure, sizeof failure);
        while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof failure) {
            code = failure;
            while (waitpid(child, (int *)0, 0) < 0 && errno == EINTR) {}
        }
    }
    close(report[0]);
    return code != 0 ? -code : child;
}
