/* A driver in place of NVIDIA's, for tests of how it is asked, with the processor as its GPU: kernels are those that are
   compiled for it, each block's threads one after the other up to their barriers. What is asked of a stream is done when
   somebody waits for it, or by and by, so that a place that is written again too early shows. It breaks off where a GPU would
   go astray: a thread without the context, an address of no memory, numbers behind a buffer, memory given up that is being
   copied, threads of a block at different barriers. Any function can be made to fail, and all that is taken and not given
   back is counted. For processors of x86-64. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

void brinell_stand(int thread, int x, int y, int z, int blocks);

static int die(const char *what) {
    fprintf(stderr, "the driver in place of NVIDIA's: %s\n", what);
    abort();
}

/* Functions, how often each was asked for, and the code that it is to give. */
typedef struct {
    char name[48];
    int calls, code;
    /* Calls that still succeed. */
    int before;
} Function;
static Function functions[64];
/* Contexts that are taken: with more than one, what is under way may be of another. */
static int contexts;
static int held, capability[2] = { 9, 0 };
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

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

/* The same for whole programs: FAKE_FAIL="cuLaunchKernel 700 10" lets it fail from the eleventh call on. */
__attribute__((constructor)) static void asked_for_by_name(void) {
    char name[48];
    int code, before;
    const char *told = getenv("FAKE_FAIL");
    if (!told || sscanf(told, "%47s %d %d", name, &code, &before) != 3) return;
    function_of(name)->code = code, function_of(name)->before = before;
}

/* A block: every thread has a stack of its own and goes on where it stopped. */
#define STACK (1 << 17)
static char *stacks;
static void *where[THREADS], *outside;
static int own, ended[THREADS];
static void (*kernel)(Args);
static Args given;

void fake_switch(void **from, void *to);
__asm__(".text\nfake_switch:\npush %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov %rsp, (%rdi)\nmov %rsi, %rsp\n"
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n");

void brinell_barrier(void) { fake_switch(&where[own], outside); }

static void thread(void) {
    kernel(given);
    ended[own] = 1;
    brinell_barrier();
    die("a thread went on behind its end");
}

static void block(int x, int y, int z, int blocks) {
    if (!stacks) stacks = aligned_alloc(4096, (size_t)STACK * THREADS);
    for (int t = 0; t < THREADS; t++) {
        void **stack = (void **)(stacks + (size_t)STACK * (t + 1));
        *--stack = 0, *--stack = (void *)thread;
        for (int i = 0; i < 6; i++) *--stack = 0;
        where[t] = stack, ended[t] = 0;
    }
    for (int left = THREADS; left;) {
        int now = 0;
        for (own = 0; own < THREADS; own++) {
            if (ended[own]) continue;
            brinell_stand(own, x, y, z, blocks);
            fake_switch(&outside, where[own]);
            now += ended[own];
        }
        if (now && now != left) die("threads of a block did not all come to the same barrier");
        left -= now;
    }
}

/* Memory: that of the GPU, and that of the CPU which stays where it is. */
#define BEHIND 64
typedef struct Memory {
    char *at;
    size_t bytes;
    int of_cpu;
    struct Memory *next;
} Memory;
static Memory *memories;

static void inside(const void *at, size_t bytes, int of_cpu) {
    for (Memory *own = memories; own; own = own->next)
        if (own->of_cpu == of_cpu && (char *)at >= own->at && (char *)at + bytes <= own->at + own->bytes) return;
    die("an address is of no memory");
}

static int take(void **to, size_t bytes, int of_cpu) {
    Memory *own = malloc(sizeof *own);
    *own = (Memory){ memset(malloc(bytes + BEHIND), 0xff, bytes + BEHIND), bytes, of_cpu, memories };
    memories = own, *to = own->at;
    held++;
    return bytes == 0;
}

/* What was asked of the stream and is not done yet. */
typedef struct {
    enum { COPY, CLEAR, LAUNCH } kind;
    void *to;
    const void *from;
    size_t bytes;
    void (*kernel)(Args);
    unsigned blocks[3];
    Args args;
} Work;
#define MOST 65536
static Work asked[MOST];
static size_t asked_for, done;

static void work_until(size_t end) {
    for (; done < end; done++) {
        Work *work = &asked[done % MOST];
        if (work->kind == COPY) memcpy(work->to, work->from, work->bytes);
        if (work->kind == CLEAR) memset(work->to, 0, work->bytes);
        if (work->kind != LAUNCH) continue;
        kernel = work->kernel, given = work->args;
        for (unsigned z = 0; z < work->blocks[2]; z++)
            for (unsigned y = 0; y < work->blocks[1]; y++)
                for (unsigned x = 0; x < work->blocks[0]; x++) block((int)x, (int)y, (int)z, (int)work->blocks[0]);
    }
}

static int ask(Work work) {
    static unsigned chance = 1;
    if (asked_for - done == MOST) work_until(done + 1);
    asked[asked_for++ % MOST] = work;
    chance = chance * 1664525 + 1013904223;
    if (chance >> 29 == 0) work_until(done + (chance >> 8) % (asked_for - done + 1));
    return 0;
}

static int within(Memory *own, const void *at) { return (char *)at >= own->at && (char *)at < own->at + own->bytes; }

static int give_back(void *at, int of_cpu) {
    Memory **own = &memories;
    while (*own && ((*own)->at != at || (*own)->of_cpu != of_cpu)) own = &(*own)->next;
    if (!*own) die("what was never taken is given back");
    for (size_t i = done; i < asked_for; i++) {
        Work *work = &asked[i % MOST];
        int used = within(*own, work->to) || within(*own, work->from);
        for (int k = 0; k < 8 && work->kind == LAUNCH; k++) used |= within(*own, work->args.at[k]);
        if (used) die("memory is given back that something asked for will use");
    }
    for (int i = 0; i < BEHIND; i++)
        if ((*own)->at[(*own)->bytes + (size_t)i] != (char)0xff) die("something was written behind its memory");
    Memory *next = (*own)->next;
    free(*own), free(at);
    *own = next;
    held--;
    return 0;
}

static _Thread_local void *bound;

#define BEGIN                                              \
    pthread_mutex_lock(&one_at_a_time);                    \
    Function *function = function_of(__func__);            \
    function->calls++;                                     \
    int code = function->calls > function->before ? function->code : 0; \
    if (!code) {
/* One that wants the context to be bound to the thread. */
#define BEGIN_BOUND                                        \
    if (bound != &held) die("a thread asks without the context"); \
    BEGIN
#define END                                                \
    }                                                      \
    pthread_mutex_unlock(&one_at_a_time);                  \
    return code;

int cuInit(unsigned flags) { BEGIN code = flags != 0; END }
int cuDriverGetVersion(int *version) { BEGIN *version = 12040; END }
int cuDeviceGetCount(int *count) { BEGIN *count = 1; END }
int cuDeviceGet(int *device, int index) { BEGIN *device = 7, code = index == 0 ? 0 : 101; END }
int cuDeviceGetName(char *name, int len, int device) {
    BEGIN snprintf(name, (size_t)len, "Fake GPU"), code = device != 7; END
}
int cuDeviceGetAttribute(int *value, int which, int device) { BEGIN *value = capability[which - 75], code = device != 7; END }
int cuDevicePrimaryCtxRetain(void **context, int device) { BEGIN held++, contexts++, *context = &held, code = device != 7; END }
int cuDevicePrimaryCtxRelease_v2(int device) { BEGIN held--, contexts--, code = device != 7; END }
int cuCtxSetCurrent(void *context) { BEGIN bound = context, code = context != &held; END }
int cuStreamCreate(void **stream, unsigned flags) { BEGIN_BOUND held++, *stream = &asked, code = flags != 1; END }
int cuStreamSynchronize(void *stream) { BEGIN_BOUND work_until(asked_for), code = stream != &asked; END }
int cuStreamDestroy_v2(void *stream) { BEGIN_BOUND held--, code = stream != &asked; END }
int cuModuleLoadData(void **module, const void *image) { BEGIN_BOUND held++, *module = strdup(image); END }
int cuModuleUnload(void *module) {
    BEGIN_BOUND
    if (asked_for != done && contexts == 1) die("kernels are unloaded before they have run");
    held--, free(module);
    END
}
int cuModuleGetFunction(void **found, void *module, const char *name) {
    BEGIN_BOUND
    char entry[128];
    snprintf(entry, sizeof entry, ".entry %s(", name);
    /* Of this very library: there may be other kernels of that name. */
    Dl_info self;
    void *library = dladdr((void *)cuModuleGetFunction, &self) ? dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD) : 0;
    *found = library && strstr(module, entry) ? dlsym(library, name) : 0;
    code = *found ? 0 : 500;
    END
}
int cuMemAlloc_v2(uint64_t *address, size_t bytes) { BEGIN_BOUND code = take((void **)address, bytes, 0); END }
int cuMemFree_v2(uint64_t address) { BEGIN_BOUND code = give_back((void *)address, 0); END }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { BEGIN_BOUND code = flags ? 1 : take(address, bytes, 1); END }
int cuMemFreeHost(void *address) { BEGIN_BOUND code = give_back(address, 1); END }
int cuEventCreate(void **event, unsigned flags) { BEGIN_BOUND *event = calloc(1, sizeof(size_t)), held++, code = flags != 2; END }
int cuEventRecord(void *event, void *stream) { BEGIN_BOUND *(size_t *)event = asked_for, code = stream != &asked; END }
int cuEventSynchronize(void *event) { BEGIN_BOUND work_until(*(size_t *)event); END }
int cuEventDestroy_v2(void *event) { BEGIN_BOUND held--, free(event); END }
int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *stream) {
    BEGIN_BOUND
    inside((void *)to, bytes, 0);
    code = value || stream != &asked ? 1 : ask((Work){ .kind = CLEAR, .to = (void *)to, .bytes = bytes });
    END
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
    BEGIN_BOUND
    inside((void *)to, bytes, 0), inside(from, bytes, 1);
    code = stream != &asked ? 1 : ask((Work){ .kind = COPY, .to = (void *)to, .from = from, .bytes = bytes });
    END
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
    BEGIN_BOUND
    inside(to, bytes, 1), inside((void *)from, bytes, 0);
    code = stream != &asked ? 1 : ask((Work){ .kind = COPY, .to = to, .from = (void *)from, .bytes = bytes });
    END
}
int cuMemGetInfo_v2(size_t *free, size_t *all) { BEGIN_BOUND *free = (size_t)3 << 20, *all = (size_t)5 << 20; END }
int cuLaunchKernel(void *kernel, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned threads_y, unsigned threads_z,
                   unsigned shared, void *stream, void **given, void **extra) {
    BEGIN_BOUND
    const Args *args = given[0];
    for (int i = 0; i < 8; i++)
        if (args->at[i]) inside(args->at[i], 0, 0);
    if (threads != THREADS || threads_y != 1 || threads_z != 1 || shared || stream != &asked || extra) code = 1;
    else ask((Work){ .kind = LAUNCH, .kernel = (void (*)(Args))kernel, .blocks = { x, y, z }, .args = *args });
    END
}
int cuGetErrorName(int code, const char **name) { *name = code == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : 0; return 0; }
