/* fault_shim: makes chosen disk calls of a process fail. Loaded with LD_PRELOAD.
 *
 * FAULT_CONTROL names a file of rules, read again whenever it changes; no file, no faults. A line
 * is <call> <errno> <part of the path> [<option> ...] for the calls below, of paths that contain
 * the part ("/" means all). Options: once      only the next call fails torn      of a write, half
 * of the bytes are written before trace     the call is let through, and noted in FAULT_TRACE as
 * "<call> <path>" What failed is noted there too, as "<call> <path> failed". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { rules_max = 64, text_max = 256 };

struct rule {
    char call[16];
    char part[text_max];
    int code;
    int once, torn, trace;
    int spent;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[rules_max];
static int rule_count;
static struct stat seen;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void read_rules(const char* path) {
    struct stat now;
    if (stat(path, &now) != 0) {
        rule_count = 0;
        memset(&seen, 0, sizeof seen);
        return;
    }
    if (now.st_mtim.tv_sec == seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen.st_mtim.tv_nsec &&
        now.st_ino == seen.st_ino) {
        return;
    }
    seen = now;
    rule_count = 0;
    FILE* file = fopen(path, "re");
    if (!file) return;
    char line[1024];
    while (rule_count < rules_max && fgets(line, sizeof line, file)) {
        struct rule made = {0};
        int used = 0;
        if (sscanf(line, "%15s %d %255s%n", made.call, &made.code, made.part, &used) != 3) continue;
        made.once = strstr(line + used, "once") != NULL;
        made.torn = strstr(line + used, "torn") != NULL;
        made.trace = strstr(line + used, "trace") != NULL;
        rules[rule_count++] = made;
    }
    fclose(file);
}

static void note(const char* call, const char* path, const char* what) {
    const char* to = getenv("FAULT_TRACE");
    if (!to) return;
    const int out = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (out < 0) return;
    char line[PATH_MAX + 64];
    const int size = snprintf(line, sizeof line, "%s %s%s\n", call, path, what);
    if (size > 0 && write(out, line, (size_t)size) < 0) abort();
    close(out);
}

/* The errno that this call must fail with, or 0. */
static int fault(const char* call, const char* path, int* torn) {
    const char* control = getenv("FAULT_CONTROL");
    if (!control || !path) return 0;
    const int before = errno;
    int code = 0;
    pthread_mutex_lock(&lock);
    read_rules(control);
    for (int at = 0; at < rule_count && code == 0; ++at) {
        struct rule* each = &rules[at];
        if (each->spent || strcmp(each->call, call) != 0 || !strstr(path, each->part)) continue;
        if (each->trace) {
            note(call, path, "");
            continue;
        }
        code = each->code;
        each->spent = each->once;
        if (torn) *torn = each->torn;
        note(call, path, " failed");
    }
    pthread_mutex_unlock(&lock);
    errno = before;
    return code;
}

static const char* path_of(int descriptor, char* into) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t size = readlink(link, into, PATH_MAX - 1);
    if (size < 0) return NULL;
    into[size] = '\0';
    return into;
}

static int fails(const char* call, int descriptor) {
    char path[PATH_MAX];
    const int code = fault(call, path_of(descriptor, path), NULL);
    if (code != 0) errno = code;
    return code != 0;
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t at) {
    char path[PATH_MAX];
    int torn = 0;
    const int code = fault("pwrite", path_of(descriptor, path), &torn);
    if (code == 0) return REAL(pwrite)(descriptor, data, size, at);
    if (torn && REAL(pwrite)(descriptor, data, size / 2, at) < 0) return -1;
    errno = code;
    return -1;
}

ssize_t pread(int descriptor, void* data, size_t size, off_t at) {
    return fails("pread", descriptor) ? -1 : REAL(pread)(descriptor, data, size, at);
}

int fdatasync(int descriptor) {
    return fails("fdatasync", descriptor) ? -1 : REAL(fdatasync)(descriptor);
}

int fsync(int descriptor) {
    return fails("fsync", descriptor) ? -1 : REAL(fsync)(descriptor);
}

int syncfs(int descriptor) {
    return fails("syncfs", descriptor) ? -1 : REAL(syncfs)(descriptor);
}

int ftruncate(int descriptor, off_t size) {
    return fails("ftruncate", descriptor) ? -1 : REAL(ftruncate)(descriptor, size);
}

int renameat(int from_at, const char* from, int to_at, const char* to) {
    const int code = fault("renameat", from, NULL);
    if (code == 0) return REAL(renameat)(from_at, from, to_at, to);
    errno = code;
    return -1;
}

int mkdirat(int at, const char* path, mode_t mode) {
    const int code = fault("mkdirat", path, NULL);
    if (code == 0) return REAL(mkdirat)(at, path, mode);
    errno = code;
    return -1;
}

int openat(int at, const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    const int code = fault("openat", path, NULL);
    if (code == 0) return REAL(openat)(at, path, flags, mode);
    errno = code;
    return -1;
}
