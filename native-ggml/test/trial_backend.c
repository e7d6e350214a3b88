// A loadable backend that behaves like a GPU, for tests on machines without one: its devices have memory that the host
// cannot access, and do not support operations that only the CPU backend runs. The CPU backend does the computing.
//
//   TRIAL0  2 GiB of memory; asynchronous copies
//   TRIAL1  4 MiB of memory, to test allocation failures; synchronous copies; no ROPE, to test fallbacks to the CPU
//
// An asynchronous copy is done as late as possible: when its stream or event is synchronized. A caller that reuses the
// source too early, or does not synchronize, fails every time. The backend's features report what it has allocated:
// STAGING_BYTES and EVENTS.
//
// Outside of the backend's functions, its memory has no access rights: an access through a pointer ends the process.
#define _GNU_SOURCE
#include "ggml-backend-impl.h"
#include "ggml-backend.h"
#include "ggml.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TRIAL_DEVICES 2

struct trial_memory {
    void * base;
    size_t size;
    struct trial_device * owner;
    struct trial_memory * next;
};

struct trial_device {
    const char * name;
    size_t total;
    size_t used;
    struct ggml_backend_device device;
    struct ggml_backend_buffer_type buffer_type;
    struct ggml_backend_buffer_type staging_type;
    bool has_background;
};

// A pending asynchronous copy.
struct trial_copy {
    char * target;
    const void * source;
    size_t size;
    struct trial_copy * next;
};

// A queue of copies, done in order. asked and done count them.
struct trial_stream {
    ggml_backend_t inside;
    struct trial_copy * first;
    struct trial_copy ** end;
    size_t asked;
    size_t done;
};

// The stream and its number of copies when the event was recorded.
struct trial_event {
    struct trial_stream * stream;
    size_t asked;
};

static size_t staging_bytes;
static size_t event_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct trial_memory * memories;
static int calls; // functions that are accessing the memory now

static struct trial_device devices[TRIAL_DEVICES];

static int rights(void) {
    return calls > 0 ? PROT_READ | PROT_WRITE : PROT_NONE;
}

static void set_rights(void) {
    for (struct trial_memory * each = memories; each != NULL; each = each->next) {
        if (mprotect(each->base, each->size, rights()) != 0) {
            GGML_ABORT("trial: mprotect failed");
        }
    }
}

// Gives access to the memory until leave().
static void enter(void) {
    pthread_mutex_lock(&lock);
    if (calls++ == 0) {
        set_rights();
    }
    pthread_mutex_unlock(&lock);
}

static void leave(void) {
    pthread_mutex_lock(&lock);
    if (--calls == 0) {
        set_rights();
    }
    pthread_mutex_unlock(&lock);
}

// Buffers

static void buffer_free(ggml_backend_buffer_t buffer) {
    struct trial_memory * memory = buffer->context;
    pthread_mutex_lock(&lock);
    struct trial_memory ** place = &memories;
    while (*place != memory) {
        place = &(*place)->next;
    }
    *place = memory->next;
    memory->owner->used -= memory->size;
    pthread_mutex_unlock(&lock);
    munmap(memory->base, memory->size);
    free(memory);
}

static void * buffer_base(ggml_backend_buffer_t buffer) {
    return ((struct trial_memory *) buffer->context)->base;
}

static void buffer_memset(ggml_backend_buffer_t buffer, struct ggml_tensor * tensor, uint8_t value, size_t offset, size_t size) {
    (void) buffer;
    enter();
    memset((char *) tensor->data + offset, value, size);
    leave();
}

static void buffer_set(ggml_backend_buffer_t buffer, struct ggml_tensor * tensor, const void * data, size_t offset, size_t size) {
    (void) buffer;
    enter();
    memcpy((char *) tensor->data + offset, data, size);
    leave();
}

static void buffer_get(ggml_backend_buffer_t buffer, const struct ggml_tensor * tensor, void * data, size_t offset, size_t size) {
    (void) buffer;
    enter();
    memcpy(data, (const char *) tensor->data + offset, size);
    leave();
}

static void buffer_clear(ggml_backend_buffer_t buffer, uint8_t value) {
    struct trial_memory * memory = buffer->context;
    enter();
    memset(memory->base, value, memory->size);
    leave();
}

static const struct ggml_backend_buffer_i buffer_calls = {
    .free_buffer = buffer_free,
    .get_base = buffer_base,
    .memset_tensor = buffer_memset,
    .set_tensor = buffer_set,
    .get_tensor = buffer_get,
    .clear = buffer_clear,
};

static const char * buffer_type_name(ggml_backend_buffer_type_t type) {
    return ((struct trial_device *) type->context)->name;
}

static ggml_backend_buffer_t buffer_type_alloc(ggml_backend_buffer_type_t type, size_t size) {
    struct trial_device * owner = type->context;
    struct trial_memory * memory = malloc(sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    void * base = MAP_FAILED;
    if (size <= owner->total - owner->used) {
        base = mmap(NULL, size, rights(), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (base == MAP_FAILED) {
        pthread_mutex_unlock(&lock);
        free(memory);
        return NULL;
    }
    *memory = (struct trial_memory) {.base = base, .size = size, .owner = owner, .next = memories};
    memories = memory;
    owner->used += size;
    pthread_mutex_unlock(&lock);
    return ggml_backend_buffer_init(type, buffer_calls, memory, size);
}

static size_t buffer_type_alignment(ggml_backend_buffer_type_t type) {
    (void) type;
    return 128;
}

// Staging memory: host memory to copy from

static const char * staging_type_name(ggml_backend_buffer_type_t type) {
    (void) type;
    return "TRIAL_Host";
}

static void staging_free(ggml_backend_buffer_t buffer) {
    pthread_mutex_lock(&lock);
    staging_bytes -= buffer->size;
    pthread_mutex_unlock(&lock);
    free(buffer->context);
}

static void * staging_base(ggml_backend_buffer_t buffer) {
    return buffer->context;
}

static const struct ggml_backend_buffer_i staging_calls = {
    .free_buffer = staging_free,
    .get_base = staging_base,
};

static ggml_backend_buffer_t staging_type_alloc(ggml_backend_buffer_type_t type, size_t size) {
    void * memory = NULL;
    if (posix_memalign(&memory, 128, size) != 0) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    staging_bytes += size;
    pthread_mutex_unlock(&lock);
    return ggml_backend_buffer_init(type, staging_calls, memory, size);
}

static bool staging_type_is_host(ggml_backend_buffer_type_t type) {
    (void) type;
    return true;
}

// Streams

// Does the first number copies of a stream, as far as they are pending. A stream belongs to one thread.
static void catch_up(struct trial_stream * stream, size_t number) {
    enter();
    while (stream->done < number) {
        struct trial_copy * copy = stream->first;
        memcpy(copy->target, copy->source, copy->size);
        stream->first = copy->next;
        stream->done++;
        free(copy);
    }
    if (stream->first == NULL) {
        stream->end = &stream->first;
    }
    leave();
}

static void backend_set_async(ggml_backend_t backend, struct ggml_tensor * tensor, const void * data, size_t offset, size_t size) {
    struct trial_stream * stream = backend->context;
    struct trial_copy * copy = malloc(sizeof *copy);
    if (copy == NULL) {
        GGML_ABORT("trial: no memory for a copy");
    }
    *copy = (struct trial_copy) {.target = (char *) tensor->data + offset, .source = data, .size = size};
    *stream->end = copy;
    stream->end = &copy->next;
    stream->asked++;
}

static void backend_synchronize(ggml_backend_t backend) {
    struct trial_stream * stream = backend->context;
    catch_up(stream, stream->asked);
}

static void backend_event_record(ggml_backend_t backend, ggml_backend_event_t event) {
    struct trial_stream * stream = backend->context;
    *(struct trial_event *) event->context = (struct trial_event) {.stream = stream, .asked = stream->asked};
}

static const char * backend_name(ggml_backend_t backend) {
    return ((struct trial_device *) backend->device->context)->name;
}

static void backend_free(ggml_backend_t backend) {
    struct trial_stream * stream = backend->context;
    if (stream->first != NULL) {
        GGML_ABORT("trial: a stream is freed with pending copies");
    }
    ggml_backend_free(stream->inside);
    free(stream);
    free(backend);
}

static enum ggml_status backend_compute(ggml_backend_t backend, struct ggml_cgraph * graph) {
    struct trial_stream * stream = backend->context;
    backend_synchronize(backend);
    enter();
    enum ggml_status status = ggml_backend_graph_compute(stream->inside, graph);
    leave();
    return status;
}

static ggml_guid_t backend_guid(void) {
    static ggml_guid guid = {'m', 'o', 'r', '4', 'j', ' ', 't', 'r', 'i', 'a', 'l'};
    return &guid;
}

// Devices

static ggml_backend_dev_t cpu(void) {
    return ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
}

static const char * device_name(ggml_backend_dev_t device) {
    return ((struct trial_device *) device->context)->name;
}

static const char * device_description(ggml_backend_dev_t device) {
    (void) device;
    return "the CPU with separate memory, for tests";
}

static void device_memory(ggml_backend_dev_t device, size_t * available, size_t * total) {
    struct trial_device * trial = device->context;
    pthread_mutex_lock(&lock);
    *available = trial->total - trial->used;
    pthread_mutex_unlock(&lock);
    *total = trial->total;
}

static enum ggml_backend_dev_type device_type(ggml_backend_dev_t device) {
    (void) device;
    return GGML_BACKEND_DEVICE_TYPE_GPU;
}

static void device_props(ggml_backend_dev_t device, struct ggml_backend_dev_props * props) {
    memset(props, 0, sizeof *props);
    props->name = device_name(device);
    props->description = device_description(device);
    props->type = device_type(device);
    device_memory(device, &props->memory_free, &props->memory_total);
    bool has_background = ((struct trial_device *) device->context)->has_background;
    props->caps.async = has_background;
    props->caps.host_buffer = has_background;
    props->caps.events = has_background;
}

static ggml_backend_buffer_type_t device_host_buffer_type(ggml_backend_dev_t device) {
    struct trial_device * trial = device->context;
    return trial->has_background ? &trial->staging_type : NULL;
}

static ggml_backend_event_t device_event_new(ggml_backend_dev_t device) {
    ggml_backend_event_t event = malloc(sizeof *event);
    struct trial_event * recorded = calloc(1, sizeof *recorded);
    if (event == NULL || recorded == NULL) {
        free(event);
        free(recorded);
        return NULL;
    }
    *event = (struct ggml_backend_event) {.device = device, .context = recorded};
    pthread_mutex_lock(&lock);
    event_count++;
    pthread_mutex_unlock(&lock);
    return event;
}

static void device_event_free(ggml_backend_dev_t device, ggml_backend_event_t event) {
    (void) device;
    pthread_mutex_lock(&lock);
    event_count--;
    pthread_mutex_unlock(&lock);
    free(event->context);
    free(event);
}

static void device_event_synchronize(ggml_backend_dev_t device, ggml_backend_event_t event) {
    (void) device;
    struct trial_event * recorded = event->context;
    if (recorded->stream == NULL) {
        GGML_ABORT("trial: synchronizing an event that was never recorded");
    }
    catch_up(recorded->stream, recorded->asked);
}

static ggml_backend_t device_init(ggml_backend_dev_t device, const char * params) {
    (void) params;
    ggml_backend_t inside = ggml_backend_dev_init(cpu(), NULL);
    ggml_backend_t backend = calloc(1, sizeof *backend);
    struct trial_stream * stream = calloc(1, sizeof *stream);
    if (inside == NULL || backend == NULL || stream == NULL) {
        ggml_backend_free(inside);
        free(backend);
        free(stream);
        return NULL;
    }
    // With a single thread, the CPU backend creates no threads for each graph.
    void * address = ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(cpu()), "ggml_backend_set_n_threads");
    ggml_backend_set_n_threads_t set_threads;
    memcpy(&set_threads, &address, sizeof set_threads);  // ISO C has no cast between function and object pointers
    set_threads(inside, 1);
    backend->guid = backend_guid();
    backend->iface.get_name = backend_name;
    backend->iface.free = backend_free;
    backend->iface.graph_compute = backend_compute;
    if (((struct trial_device *) device->context)->has_background) {
        backend->iface.set_tensor_async = backend_set_async;
        backend->iface.synchronize = backend_synchronize;
        backend->iface.event_record = backend_event_record;
    }
    stream->inside = inside;
    stream->end = &stream->first;
    backend->device = device;
    backend->context = stream;
    return backend;
}

static ggml_backend_buffer_type_t device_buffer_type(ggml_backend_dev_t device) {
    return &((struct trial_device *) device->context)->buffer_type;
}

// Operations of mor4j's graphs that CUDA does not support either.
static bool is_unsupported(const struct ggml_tensor * op) {
    switch (op->op) {
        case GGML_OP_CUSTOM:
        case GGML_OP_MAP_CUSTOM1:
        case GGML_OP_MAP_CUSTOM2:
        case GGML_OP_MAP_CUSTOM3:
            return true;
        case GGML_OP_FLASH_ATTN_EXT:
            return op->src[0]->ne[0] % 64 != 0;
        case GGML_OP_GET_ROWS:
            switch (op->src[0]->type) {
                case GGML_TYPE_F32:
                case GGML_TYPE_F16:
                case GGML_TYPE_BF16:
                case GGML_TYPE_Q4_0:
                case GGML_TYPE_Q8_0:
                    return false;
                default:
                    return true;
            }
        default:
            return false;
    }
}

static bool device_supports_op(ggml_backend_dev_t device, const struct ggml_tensor * op) {
    if (device == &devices[1].device && op->op == GGML_OP_ROPE) {
        return false;
    }
    return !is_unsupported(op) && ggml_backend_dev_supports_op(cpu(), op);
}

static bool device_supports_buffer_type(ggml_backend_dev_t device, ggml_backend_buffer_type_t type) {
    return type == device_buffer_type(device);
}

static struct ggml_backend_feature * reg_features(ggml_backend_reg_t reg) {
    (void) reg;
    static char values[2][24];
    static struct ggml_backend_feature features[] = {{"STAGING_BYTES", values[0]}, {"EVENTS", values[1]}, {NULL, NULL}};
    pthread_mutex_lock(&lock);
    snprintf(values[0], sizeof values[0], "%zu", staging_bytes);
    snprintf(values[1], sizeof values[1], "%zu", event_count);
    pthread_mutex_unlock(&lock);
    return features;
}

static void * reg_function(ggml_backend_reg_t reg, const char * name) {
    (void) reg;
    if (strcmp(name, "ggml_backend_get_features") != 0) {
        return NULL;
    }
    ggml_backend_get_features_t function = reg_features;
    void * address;
    memcpy(&address, &function, sizeof address);  // ISO C has no cast between function and object pointers
    return address;
}

static const struct ggml_backend_device_i device_calls = {
    .get_name = device_name,
    .get_description = device_description,
    .get_memory = device_memory,
    .get_type = device_type,
    .get_props = device_props,
    .init_backend = device_init,
    .get_buffer_type = device_buffer_type,
    .get_host_buffer_type = device_host_buffer_type,
    .event_new = device_event_new,
    .event_free = device_event_free,
    .event_synchronize = device_event_synchronize,
    .supports_op = device_supports_op,
    .supports_buft = device_supports_buffer_type,
};

// The backend

static const char * reg_name(ggml_backend_reg_t reg) {
    (void) reg;
    return "TRIAL";
}

static size_t reg_device_count(ggml_backend_reg_t reg) {
    (void) reg;
    return TRIAL_DEVICES;
}

static ggml_backend_dev_t reg_device(ggml_backend_reg_t reg, size_t index) {
    (void) reg;
    return &devices[index].device;
}

static struct ggml_backend_reg registry = {
    .api_version = GGML_BACKEND_API_VERSION,
    .iface = {.get_name = reg_name, .get_device_count = reg_device_count, .get_device = reg_device, .get_proc_address = reg_function},
};

GGML_BACKEND_API ggml_backend_reg_t ggml_backend_init(void);
ggml_backend_reg_t ggml_backend_init(void) {
    devices[0].name = "TRIAL0";
    devices[0].total = (size_t) 2 << 30;
    devices[0].has_background = true;
    devices[1].name = "TRIAL1";
    devices[1].total = (size_t) 4 << 20;
    for (int i = 0; i < TRIAL_DEVICES; i++) {
        devices[i].device = (struct ggml_backend_device) {.iface = device_calls, .reg = &registry, .context = &devices[i]};
        devices[i].buffer_type = (struct ggml_backend_buffer_type) {
            .iface = {.get_name = buffer_type_name, .alloc_buffer = buffer_type_alloc, .get_alignment = buffer_type_alignment},
            .device = &devices[i].device,
            .context = &devices[i],
        };
        devices[i].staging_type = (struct ggml_backend_buffer_type) {
            .iface =
                {.get_name = staging_type_name,
                 .alloc_buffer = staging_type_alloc,
                 .get_alignment = buffer_type_alignment,
                 .is_host = staging_type_is_host},
            .device = &devices[i].device,
            .context = &devices[i],
        };
    }
    return &registry;
}
