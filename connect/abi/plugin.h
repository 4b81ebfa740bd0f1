/* plugin.h: the contract between Weir and its connectors, in C.
 *
 * A plugin is a shared object that exports one symbol, weir_plugin_entry. It names its connectors;
 * each connector is a table of options and a table of functions. Nothing here allocates on the
 * other side: who makes a thing frees it.
 *
 * - Versions. Structures that begin with `size` may grow at their end: `size` is sizeof() as the
 *   maker was compiled, and a reader takes what is beyond it for zero. The others (text, value,
 *   schema's parts, header, record, position, result, partition) never change within an ABI
 *   version. Offsets are frozen by tests/unit/connect/abi.
 * - Lifetimes. What is passed to a function lives for that call. What poll() gives lives until the
 *   next call of the same task; schemas live as long as their task. Settings live for the call.
 * - Threads. One call at a time per task, not always from the same thread; only request_stop may
 *   come at any time from any thread, and it must return at once.
 * - No exception may leave a function.
 *
 * The words are Kafka Connect's: source, sink, task, put, offsets (here: positions).
 */
#ifndef WEIR_CONNECT_ABI_PLUGIN_H
#define WEIR_CONNECT_ABI_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_ABI_VERSION 1

/* Bytes with a length; UTF-8 where text is meant. Not terminated. data may be null when size is 0.
 */
typedef struct weir_text {
    const char* data;
    uint64_t size;
} weir_text;

/* How a call ended. */
typedef enum weir_status {
    WEIR_OK = 0,
    WEIR_RETRY = 1,      /* may heal: the same call is made again after a backoff */
    WEIR_BAD_RECORD = 2, /* of a record: it will never be taken; dead letters or stop, by policy */
    WEIR_FATAL = 3       /* cannot heal: the task is FAILED until somebody changes something */
} weir_status;

/* Why, filled by the callee; the buffer is the caller's. text_size is cut to the buffer. */
typedef struct weir_error {
    uint32_t size;
    uint32_t text_size;
    char text[2000];
} weir_error;

/* ---- values and schemas: Kafka Connect's data model ------------------------------------------ */

typedef enum weir_kind {
    WEIR_NULL = 0,
    WEIR_BOOLEAN = 1,
    WEIR_INT8 = 2,
    WEIR_INT16 = 3,
    WEIR_INT32 = 4,
    WEIR_INT64 = 5,
    WEIR_FLOAT32 = 6,
    WEIR_FLOAT64 = 7,
    WEIR_STRING = 8,
    WEIR_BYTES = 9,
    WEIR_ARRAY = 10,
    WEIR_MAP = 11,
    WEIR_STRUCT = 12,
    /* Logical values. Their schemas have the type in brackets and Connect's name
       (org.apache.kafka.connect.data.Decimal ...). */
    WEIR_DECIMAL = 13,   /* [bytes] unscaled two's complement, big-endian; `scale` digits */
    WEIR_DATE = 14,      /* [int32] days since 1970-01-01 */
    WEIR_TIME = 15,      /* [int32] milliseconds since midnight */
    WEIR_TIMESTAMP = 16, /* [int64] milliseconds since 1970-01-01T00:00Z */
    /* The text of one JSON document, valid, without line breaks; not taken apart. */
    WEIR_JSON = 17
} weir_kind;

typedef struct weir_schema weir_schema;
typedef struct weir_value weir_value;

struct weir_value {
    uint8_t kind; /* weir_kind */
    uint8_t reserved;
    int16_t scale; /* decimal */
    uint32_t
        count; /* string, bytes, decimal, json: bytes; array: items; map: pairs; struct: fields */
    union {
        int64_t integer;         /* boolean (0, 1), int8 to int64, date, time, timestamp */
        double real;             /* float32, float64 */
        const char* data;        /* string, bytes, decimal, json */
        const weir_value* items; /* array; map: keys and values in turn; struct: by field */
    } of;
    const weir_schema* schema; /* null: without a schema; a struct always has one */
};

typedef struct weir_field {
    weir_text name;
    const weir_schema* schema;
} weir_field;

typedef struct weir_parameter {
    weir_text key;
    weir_text value;
} weir_parameter;

struct weir_schema {
    uint32_t size;
    uint8_t type;     /* weir_kind, boolean to struct */
    uint8_t optional; /* 1: may be null */
    uint8_t has_version;
    uint8_t reserved;
    int32_t version;
    uint32_t field_count;
    uint32_t parameter_count;
    uint32_t reserved_2;
    weir_text name; /* empty: none */
    weir_text doc;
    const weir_value* initial; /* the default; null for none */
    const weir_field* fields;  /* struct */
    const weir_parameter* parameters;
    const weir_schema* key;  /* map */
    const weir_schema* item; /* array, map: of the values */
};

typedef struct weir_header {
    weir_text key;
    weir_value value;
} weir_header;

typedef struct weir_record {
    weir_text topic;   /* of a source: empty means the one of the pipeline file */
    int32_t partition; /* of a source: -1 leaves it to the key */
    uint32_t header_count;
    int64_t offset;       /* of a sink: in the topic; of a source: -1 */
    int64_t timestamp_ms; /* -1: none */
    weir_value key;
    weir_value value;
    const weir_header* headers;
    weir_text error; /* of a source: not empty: what could not be made a record (then value has its
                        bytes); it goes the way of bad records */
} weir_record;

/* Where a source has got to in one of its partitions (a file, a slot). Both are JSON objects, as
   Connect stores them; only the source knows what is in them. offset may be empty: forget it. */
typedef struct weir_position {
    weir_text partition;
    weir_text offset;
} weir_position;

/* ---- options and settings -------------------------------------------------------------------- */

typedef enum weir_option_type {
    WEIR_OPTION_STRING = 0,
    WEIR_OPTION_BOOLEAN = 1, /* integer 0, 1 */
    WEIR_OPTION_INTEGER = 2,
    WEIR_OPTION_REAL = 3,
    WEIR_OPTION_DURATION = 4, /* "10s", "200ms", "5m"; integer: milliseconds */
    WEIR_OPTION_BYTES = 5,    /* "64MiB", "1kB", 4096; integer: bytes */
    WEIR_OPTION_LIST = 6,     /* of texts */
    WEIR_OPTION_SECRET = 7,   /* a string that is never shown */
    WEIR_OPTION_MAP = 8 /* a table of texts, with keys of the user's; items: key, value in turn */
} weir_option_type;

typedef enum weir_option_flag {
    WEIR_OPTION_REQUIRED = 1,
    WEIR_OPTION_ACCEPTED = 2 /* known, without effect here; `text` says what to use instead */
} weir_option_flag;

/* name: as in the pipeline file, "batch.max" for max in the table batch.
   initial: the default as one would write it; data null for none.
   valid: "1..", "1..9", "a|b|c"; empty for anything. */
typedef struct weir_option {
    uint32_t size;
    uint32_t type;
    uint32_t flags;
    uint32_t reserved;
    weir_text name;
    weir_text initial;
    weir_text valid;
    weir_text text; /* one sentence of documentation */
} weir_option;

/* A value as the option's type says; options without value or default are not among the settings.
 */
typedef struct weir_setting {
    weir_text name;
    uint32_t type;
    uint32_t count; /* list: texts; map: texts, two a pair */
    int64_t integer;
    double real;
    weir_text text;
    const weir_text* items;
} weir_setting;

typedef struct weir_settings {
    uint32_t size;
    uint32_t count;
    const weir_setting* items; /* by name, ascending */
    weir_text component;       /* the name in the file: "applog" of [source.applog] */
    weir_text data_dir;        /* a directory of this component's own; made by who first needs it */
} weir_settings;

/* ---- what the host offers ----------------------------------------------------------------------
 */

typedef enum weir_log_level {
    WEIR_LOG_DEBUG = 0,
    WEIR_LOG_INFO = 1,
    WEIR_LOG_WARN = 2,
    WEIR_LOG_ERROR = 3
} weir_log_level;

/* A sample of /metrics: a counter's or gauge's value now, replacing the one before with the same
   name and labels. The labels connector and task are added. */
typedef struct weir_metric {
    uint32_t size;
    uint8_t counter; /* 1: counter, 0: gauge */
    uint8_t gone;    /* 1: the sample is there no more */
    uint8_t reserved[2];
    weir_text name;
    weir_text help;
    const weir_parameter* labels;
    uint32_t label_count;
    uint32_t reserved_2;
    double value;
} weir_metric;

/* Lives as long as the task; its functions may be called from any thread. */
typedef struct weir_host {
    uint32_t size;
    uint32_t abi_version;
    void* context;
    void (*log)(void* context, uint32_t level, weir_text line);
    void (*metric)(void* context, const weir_metric* sample);
} weir_host;

/* One finding of check(): the option it is about (empty: none), and the reason. */
typedef void (*weir_problem_function)(void* context, weir_text option, weir_text reason);

/* ---- sources -----------------------------------------------------------------------------------
 */

typedef enum weir_batch_flag {
    /* The unit of the source (a database transaction) goes on in the next batch: it is not
       committed before. */
    WEIR_BATCH_OPEN = 1,
    /* The source has no more at the moment: commit now rather than wait for more. */
    WEIR_BATCH_DRAINED = 2
} weir_batch_flag;

/* What poll() gives. Positions hold once all records up to this batch are durable. */
typedef struct weir_batch {
    uint32_t size;
    uint32_t flags;
    uint32_t record_count;
    uint32_t position_count;
    const weir_record* records;
    const weir_position* positions;
} weir_batch;

typedef struct weir_source {
    uint32_t size;
    uint32_t reserved;
    /* What an option table cannot say; with `reach` also whether files, servers and rights are
       there. Optional. */
    void (*check)(const weir_settings* settings, uint8_t reach, weir_problem_function problem,
                  void* context);
    /* A task that goes on from these positions: all that were committed for this component. */
    weir_status (*create)(const weir_host* host, const weir_settings* settings,
                          const weir_position* positions, uint64_t position_count, void** task,
                          weir_error* error);
    /* Waits at most timeout_ms for records; no records with WEIR_OK is fine. The batch is the
       caller's structure with `size` set. */
    weir_status (*poll)(void* task, uint32_t timeout_ms, weir_batch* batch, weir_error* error);
    /* The first `batches` batches that poll() gave (counted from 1 for this task) are durable with
       their positions. Optional. */
    weir_status (*committed)(void* task, uint64_t batches, weir_error* error);
    void (*request_stop)(void* task);
    void (*destroy)(void* task);
    /* The component came into the file, changed in it, left it. Optional. */
    weir_status (*created)(const weir_host* host, const weir_settings* now, weir_error* error);
    weir_status (*updated)(const weir_host* host, const weir_settings* before,
                           const weir_settings* now, weir_error* error);
    weir_status (*deleted)(const weir_host* host, const weir_settings* before, weir_error* error);
} weir_source;

/* ---- sinks -------------------------------------------------------------------------------------
 */

/* In which form a sink wants keys and values. */
typedef enum weir_form {
    WEIR_FORM_TYPED = 0, /* as the converter and the transforms made them */
    WEIR_FORM_BYTES =
        1,             /* bytes as they stand in the topic (or would, after transforms), or null */
    WEIR_FORM_JSON = 2 /* kind WEIR_JSON, or null */
} weir_form;

typedef struct weir_sink_wish {
    uint32_t size;
    uint32_t key_form;   /* weir_form */
    uint32_t value_form; /* weir_form */
    /* put() gets at most so many records, and waits for that many for so long after the first one.
       0: the host's choice. */
    uint32_t records_max;
    uint32_t wait_ms;
    /* So many are enough to end the wait; 0: records_max. */
    uint32_t records_enough;
} weir_sink_wish;

/* What became of one record of put(). The text lives until the next call of the task. */
typedef struct weir_result {
    uint32_t status;
    uint32_t reserved;
    weir_text reason;
} weir_result;

typedef struct weir_partition {
    weir_text topic;
    int32_t partition;
    uint32_t reserved;
    int64_t offset; /* open: where reading begins, -1 unknown; committable: see there */
} weir_partition;

typedef struct weir_sink {
    uint32_t size;
    uint32_t reserved;
    void (*check)(const weir_settings* settings, uint8_t reach, weir_problem_function problem,
                  void* context);
    weir_status (*create)(const weir_host* host, const weir_settings* settings, void** task,
                          weir_sink_wish* wish, weir_error* error);
    /* Partitions that this task reads from now on, or no more. Before close() the host asks
       committable() once more. Optional. */
    weir_status (*open)(void* task, const weir_partition* partitions, uint64_t count,
                        weir_error* error);
    weir_status (*close)(void* task, const weir_partition* partitions, uint64_t count,
                         weir_error* error);
    /* Takes records, in offset order within a partition. WEIR_OK: see `results`, one for each
       record, set to WEIR_OK by the host beforehand; those with WEIR_RETRY are given again, after a
       backoff, before any later record (a sink that must keep order within a key says WEIR_RETRY
       for the later records of that key, too). Another status is about the call as a whole: nothing
       was taken. Called with no records about once a second when nothing comes. */
    weir_status (*put)(void* task, const weir_record* records, uint64_t count, weir_result* results,
                       weir_error* error);
    /* For each partition `offset` is the next one after what put() has taken; the sink lowers it to
       where reading would have to begin again after a crash. Optional: all that was taken is done.
     */
    weir_status (*committable)(void* task, weir_partition* partitions, uint64_t count,
                               weir_error* error);
    /* Makes everything durable that can be; before a stop. Optional. */
    weir_status (*flush)(void* task, weir_error* error);
    void (*request_stop)(void* task);
    void (*destroy)(void* task);
    weir_status (*created)(const weir_host* host, const weir_settings* now, weir_error* error);
    weir_status (*updated)(const weir_host* host, const weir_settings* before,
                           const weir_settings* now, weir_error* error);
    weir_status (*deleted)(const weir_host* host, const weir_settings* before, weir_error* error);
} weir_sink;

/* ---- the plugin --------------------------------------------------------------------------------
 */

typedef struct weir_connector {
    uint32_t size;
    uint32_t option_count;
    weir_text type; /* of `type = "file"` in the pipeline file */
    weir_text version;
    weir_text text;
    const weir_option* const* options;
    const weir_source* source; /* one of the two */
    const weir_sink* sink;
} weir_connector;

typedef struct weir_plugin {
    uint32_t size;
    uint32_t abi_version;
    weir_text name;
    uint32_t connector_count;
    uint32_t reserved;
    const weir_connector* const* connectors;
} weir_plugin;

/* Returns the plugin, which lives as long as the shared object, or null when it cannot work with a
   host of this ABI version. */
typedef const weir_plugin* (*weir_plugin_entry_function)(uint32_t host_abi_version);
#define WEIR_PLUGIN_ENTRY "weir_plugin_entry"

#ifdef __cplusplus
}
#endif

#endif
