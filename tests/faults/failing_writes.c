/* Make the n-th thing that a process writes below a folder fail, as a full or broken disk would.

   Loaded with LD_PRELOAD, so that it also sees what HDF5 writes. Counted are writes, truncations,
   fsync, renames, new folders and the opening of files for writing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[4096]; /* empty: nothing is watched */
static long count, failing;
static int code, from_then_on, log_fd = -1;

void watch(const char *path, long n, int error, int persists, int log) {
    strncpy(folder, path, sizeof folder - 1);
    count = 0, failing = n, code = error, from_then_on = persists, log_fd = log;
}

long counted(void) { return count; }

static int fails(const char *what, const char *path) {
    if (!folder[0] || strncmp(path, folder, strlen(folder))) return 0;
    count++;
    if (log_fd >= 0) dprintf(log_fd, "%s %s\n", what, path + strlen(folder));
    if (!failing || (from_then_on ? count < failing : count != failing)) return 0;
    errno = code;
    return 1;
}

static int fd_fails(const char *what, int fd) {
    char link[64], path[4096];
    if (!folder[0] || fd == log_fd) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(what, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FD(type, name, what, parameters, arguments)      \
    type name parameters {                                  \
        if (fd_fails(what, fd)) return -1;                  \
        return NEXT(name) arguments;                        \
    }

ON_FD(ssize_t, write, "write", (int fd, const void *b, size_t n), (fd, b, n))
ON_FD(ssize_t, pwrite, "write", (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
ON_FD(ssize_t, pwrite64, "write", (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o))
ON_FD(ssize_t, writev, "write", (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD(int, fsync, "fsync", (int fd), (fd))
ON_FD(int, fdatasync, "fsync", (int fd), (fd))
ON_FD(int, ftruncate, "truncate", (int fd, off_t n), (fd, n))
ON_FD(int, ftruncate64, "truncate", (int fd, off64_t n), (fd, n))

int rename(const char *from, const char *to) {
    return fails("rename", to) ? -1 : NEXT(rename)(from, to);
}

int mkdir(const char *path, mode_t mode) {
    return fails("mkdir", path) ? -1 : NEXT(mkdir)(path, mode);
}

#define OPENS(name)                                                     \
    int name(const char *path, int flags, ...) {                        \
        va_list rest;                                                   \
        va_start(rest, flags);                                          \
        mode_t mode = va_arg(rest, mode_t);                             \
        va_end(rest);                                                   \
        if ((flags & O_ACCMODE) != O_RDONLY && fails("open", path)) return -1; \
        return NEXT(name)(path, flags, mode);                           \
    }

OPENS(open)
OPENS(open64)
