// What a user writes: server.properties, TOML, the environment, listeners, topic configs,
// pipelines. Whatever the text, there are values or errors, each with its place and without what
// came out of
// ${...}. Input: which of them, then the text.
#include "config/broker_config.hpp"
#include "config/topic_config.hpp"
#include "connect/pipeline/difference.hpp"
#include "connect/pipeline/reader.hpp"
#include "tests/fuzz/target.hpp"

// Of the sample plugin (tests/unit/connect/plugin/plugins).
extern "C" const weir_plugin* weir_plugin_entry(uint32_t host_abi_version);

namespace weir::fuzz {
namespace {

enum kind : std::uint8_t { properties, toml, environment, listeners, topic, pipelines, kinds };

constexpr std::string_view secret = "\x01planted\x02secret";

const connect::plugin::catalogue& connectors() {
    static const auto made = [] {
        connect::plugin::catalogue out;
        const auto* sample = weir_plugin_entry(WEIR_ABI_VERSION);
        for (std::uint32_t index = 0; index < sample->connector_count; ++index)
            out.add(sample->connectors[index]);
        return out;
    }();
    return made;
}

// The text is two files, one after the other.
void try_pipeline(const std::string& text) {
    const config::substitution_sources sources{
        .environment = [](const std::string& name) -> std::optional<std::string> {
            return name == "X" ? std::optional<std::string>(secret) : std::nullopt;
        },
        .file = [](const std::string&) -> std::expected<std::string, std::string> {
            return std::string(secret) + "\n";
        }};
    const auto cut = text.find('\f');
    std::vector<connect::pipeline::pipeline_file> files = {
        {.name = "f", .text = text.substr(0, cut), .sources = sources}};
    if (cut != std::string::npos) {
        files.push_back({.name = "g", .text = text.substr(cut + 1), .sources = sources});
    }
    const auto document = connect::pipeline::read_files(files);
    (void)connect::pipeline::plugin_path(document);
    const auto read =
        connect::pipeline::read_pipeline(document, {.connectors = connectors(), .transforms = {}});
    for (const auto* problems : {&read.errors, &read.warnings}) {
        for (const auto& each : *problems) {
            require(!each.place.empty() && !each.reason.empty());
            require(!each.text().contains(secret));
        }
    }
    const auto none = connect::pipeline::difference_of(read.result, read.result);
    if (read.errors.empty()) require(none.nothing());
    for (const auto& each : connect::pipeline::difference_of({}, read.result).components) {
        require(!each.text().contains(secret));
    }
}

void check(config::settings& written) {
    const auto made = config::make_broker_config(written);
    for (const auto* problems : {&written.errors, &written.warnings}) {
        for (const auto& each : *problems) {
            require(!each.place.empty() && !each.reason.empty());
            require(each.text().size() >= each.place.size());
        }
    }
    if (!written.errors.empty()) return;
    require(!made.listeners.empty() && !made.data_dir.empty() && made.node_id >= 0);
    require(made.num_partitions > 0 && made.socket_request_max_bytes > 0);
}

void read_variables(const std::string& text, config::settings& into) {
    std::vector<std::string> entries(1);
    for (const char letter : text) {
        if (letter == '\n') {
            entries.emplace_back();
        } else if (letter != '\0') {
            entries.back() += letter;
        }
    }
    std::vector<const char*> pointers;
    for (const auto& each : entries)
        pointers.push_back(each.c_str());
    pointers.push_back(nullptr);
    config::read_environment(pointers.data(), into);
}

void try_text(kind which, const std::string& text) {
    config::settings written;
    switch (which) {
        case properties:
            config::read_properties(text, "f", written);
            return check(written);
        case toml:
            config::read_toml(text, "f", written);
            return check(written);
        case environment:
            read_variables(text, written);
            return check(written);
        case pipelines:
            return try_pipeline(text);
        case listeners: {
            const auto parsed = config::parse_listeners(text);
            require(parsed.has_value() || !parsed.error().empty());
            return;
        }
        default: {
            const auto equals = std::min(text.find('='), text.size());
            const auto value = equals < text.size() ? text.substr(equals + 1) : std::string{};
            const auto reason = config::check_topic_config(text.substr(0, equals), value);
            require(!reason || !reason->empty());
            return;
        }
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](kind which, std::string_view text) {
        made.push_back(output().put(std::uint8_t{which}).put_bytes(base::as_bytes(text)).take());
    };
    add(properties,
        "# a comment\nprocess.roles=broker,controller\nnode.id: 1\nlisteners = PLAINTEXT://:9092,"
        "CONTROLLER://[::1]:9093\ncontroller.listener.names CONTROLLER\nlog.dirs=a\\\n  ,b\n"
        "broker.rack=\\u00e9\\t\\\\\nlog.retention.hours=168\nnum.partitons=3\n"
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n");
    add(toml,
        "[node]\nid = 1\ndata_dir = \"d\"\nhttp = \"127.0.0.1:0\"\n[broker]\nlisten = "
        "[\"127.0.0.1:9092\", 'A://b:1']\nflush = \"os\"\n\"num.partitions\" = 6\n"
        "log.retention.hours = 0x10\nauto.create.topics.enable = true\nx = 1.5e3\n[else]\n");
    add(environment,
        "KAFKA_NODE_ID=3\nKAFKA_LISTENERS=PLAINTEXT://0.0.0.0:1\nCLUSTER_ID=x\n"
        "KAFKA_HEAP_OPTS=-Xmx1G\nKAFKA_A__B___C=d\nPATH=e\nKAFKA_NUM_PARTITIONS=2\n");
    add(pipelines,
        "[node]\nplugin_path = [\"p\"]\nhttp = \"127.0.0.1:0\"\n[broker]\nflush = \"os\"\n"
        "[source.a]\ntype = \"ticks\"\ntopic = \"t.{x}\"\nrate = 5\npause = \"1m30s\"\n"
        "token = \"${env:X}\"\nword = \"a ${file:p} $${b} ${env:Y:-z}\"\ncommit_interval = "
        "\"1s\"\nsmt = [ { type = \"MaskField$Value\", fields = [\"a\"], predicate = { type = "
        "\"P\", pattern = \"x\" }, negate = true } ]\n\f"
        "[sink.b]\ntype = \"swallow\"\nfrom = [\"t.*\"]\nurl = \"u\"\nbatch = { max = 7, every "
        "= \"2s\" }\nretry = { for = \"10m\", backoff = \"200ms..30s\", status = [1, \"5xx\"] }\n"
        "headers = { A = \"1\", \"b.c\" = \"${env:X}\" }\nsize = \"64MiB\"\ndlq = \"d\"\n"
        "\"value.converter\" = \"org.apache.kafka.connect.json.JsonConverter\"\n");
    add(pipelines,
        "[kafka]\nbootstrap = \"h:1\"\n\"security.protocol\" = \"SSL\"\nx = \"${env:X}\"\n"
        "[sink.c]\ntype = \"${env:X}\"\n\"topics.regex\" = \"a\\\\..*|b\"\n[transform.t]\n");
    add(listeners, "PLAINTEXT://127.0.0.1:9092, B://[::1]:0,C://:65535");
    for (const auto* each : {"cleanup.policy=compact,delete", "retention.ms=-1",
                             "min.cleanable.dirty.ratio=0.5", "compression.type=zstd",
                             "compression.gzip.level=-1", "preallocate=true", "retention.m=1"}) {
        add(topic, each);
    }
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const auto which = static_cast<weir::fuzz::kind>(in.take_uint8() % weir::fuzz::kinds);
    const auto text = in.take_rest();
    weir::fuzz::try_text(which, std::string(weir::base::as_text(text)));
    return 0;
}
