/* A driver in place of NVIDIA's, for tests of how it is asked. Memory is the processor's. What is asked of a stream is done
   when somebody waits for it and no earlier, so that a place that is written again too early shows. Any function can be made
   to fail, and all that is taken and not given back is counted. It runs the one kernel that needs no barrier: fill. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

void brinell_fill(const Args a);
void brinell_stand(int thread, int x, int y, int z, int blocks);
void brinell_barrier(void) { abort(); }

typedef struct {
    char name[48];
    int calls, code;
} Function;
static Function functions[64];
static int held, capability[2] = { 9, 0 };

static Function *function_of(const char *name) {
    Function *own = functions;
    while (own->name[0] && strcmp(own->name, name)) own++;
    if (!own->name[0]) snprintf(own->name, sizeof own->name, "%s", name);
    return own;
}

/* What tests ask. */
void fake_fail(const char *name, int code) { function_of(name)->code = code; }
int fake_calls(const char *name) { return function_of(name)->calls; }
int fake_held(void) { return held; }
void fake_capability(int major, int minor) { capability[0] = major, capability[1] = minor; }

#define ENTER                                     \
    {                                             \
        Function *own = function_of(__func__);    \
        own->calls++;                             \
        if (own->code) return own->code;          \
    }

typedef struct {
    enum { COPY, CLEAR, LAUNCH } kind;
    void *to;
    const void *from;
    size_t bytes;
    int blocks;
    Args args;
} Work;
#define MOST 4096
static Work asked[MOST];
static size_t asked_for, done;

static void work_until(size_t end) {
    for (; done < end; done++) {
        Work *own = &asked[done % MOST];
        if (own->kind == COPY) memcpy(own->to, own->from, own->bytes);
        if (own->kind == CLEAR) memset(own->to, 0, own->bytes);
        for (int i = 0; own->kind == LAUNCH && i < own->blocks * THREADS; i++) {
            brinell_stand(i % THREADS, i / THREADS, 0, 0, own->blocks);
            brinell_fill(own->args);
        }
    }
}

static int ask(Work work) {
    if (asked_for - done == MOST) work_until(done + 1);
    asked[asked_for++ % MOST] = work;
    return 0;
}

static int take(void **to, size_t bytes) {
    *to = malloc(bytes + 1);
    memset(*to, 0xff, bytes);
    held++;
    return 0;
}

static int give_back(void *what) {
    work_until(asked_for);
    free(what);
    held--;
    return 0;
}

int cuInit(unsigned flags) { ENTER return flags != 0; }
int cuDriverGetVersion(int *version) { ENTER *version = 12040; return 0; }
int cuDeviceGetCount(int *count) { ENTER *count = 1; return 0; }
int cuDeviceGet(int *device, int index) { ENTER *device = 7; return index == 0 ? 0 : 101; }
int cuDeviceGetName(char *name, int len, int device) { ENTER snprintf(name, (size_t)len, "Fake GPU"); return device != 7; }
int cuDeviceGetAttribute(int *value, int which, int device) { ENTER *value = capability[which - 75]; return device != 7; }
int cuDevicePrimaryCtxRetain(void **context, int device) { ENTER held++; *context = &held; return device != 7; }
int cuDevicePrimaryCtxRelease_v2(int device) { ENTER held--; return device != 7; }
int cuCtxSetCurrent(void *context) { ENTER return context != &held; }
int cuStreamCreate(void **stream, unsigned flags) { ENTER held++; *stream = &asked; return flags != 1; }
int cuStreamSynchronize(void *stream) { ENTER work_until(asked_for); return stream != &asked; }
int cuStreamDestroy_v2(void *stream) { ENTER held--; return stream != &asked; }
int cuModuleLoadData(void **module, const void *image) { ENTER held++; *module = strdup(image); return 0; }
int cuModuleUnload(void *module) { ENTER return give_back(module); }
int cuModuleGetFunction(void **function, void *module, const char *name) {
    ENTER
    char entry[128];
    snprintf(entry, sizeof entry, ".entry %s(", name);
    *function = strstr(module, entry);
    return *function ? 0 : 500;
}
int cuMemAlloc_v2(uint64_t *address, size_t bytes) { ENTER return take((void **)address, bytes); }
int cuMemFree_v2(uint64_t address) { ENTER return give_back((void *)address); }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { ENTER return flags ? 1 : take(address, bytes); }
int cuMemFreeHost(void *address) { ENTER return give_back(address); }
int cuEventCreate(void **event, unsigned flags) { ENTER *event = calloc(1, sizeof(size_t)); held++; return flags != 2; }
int cuEventRecord(void *event, void *stream) { ENTER *(size_t *)event = asked_for; return stream != &asked; }
int cuEventSynchronize(void *event) { ENTER work_until(*(size_t *)event); return 0; }
int cuEventDestroy_v2(void *event) { ENTER return give_back(event); }
int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *stream) {
    ENTER return value || stream != &asked ? 1 : ask((Work){ .kind = CLEAR, .to = (void *)to, .bytes = bytes });
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
    ENTER return stream != &asked ? 1 : ask((Work){ .kind = COPY, .to = (void *)to, .from = from, .bytes = bytes });
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
    ENTER return stream != &asked ? 1 : ask((Work){ .kind = COPY, .to = to, .from = (void *)from, .bytes = bytes });
}
int cuMemGetInfo_v2(size_t *free, size_t *all) { ENTER *free = (size_t)3 << 20; *all = (size_t)5 << 20; return 0; }
int cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned threads_y, unsigned threads_z,
                   unsigned shared, void *stream, void **given, void **extra) {
    ENTER
    const char *fill = ".entry brinell_fill(";
    if (strncmp(function, fill, strlen(fill)) || y != 1 || z != 1 || threads != THREADS || threads_y != 1 || threads_z != 1 ||
        shared || stream != &asked || extra)
        return 1;
    return ask((Work){ .kind = LAUNCH, .blocks = (int)x, .args = *(Args *)given[0] });
}
int cuGetErrorName(int code, const char **name) { ENTER *name = code == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : 0; return 0; }
