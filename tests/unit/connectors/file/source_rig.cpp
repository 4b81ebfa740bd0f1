#include "tests/unit/connectors/file/source_rig.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace weir::test {

namespace fs = std::filesystem;
using functions = sdk::detail::source_functions<connectors::file::file_source>;

source_rig::source_rig(const std::string& name) {
    root_ = fs::temp_directory_path() / ("weir-" + name + "-" + std::to_string(::getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_);
    host_ = {sizeof(weir_host), WEIR_ABI_VERSION, this, on_log, on_metric};
    set("paths", std::vector<std::string>{(root_ / "*.log").string()});
    set("read_from", "beginning");
    set("max_line_bytes", 1024 * 1024);
    set("long_lines", "cut");
    set("multiline.timeout", 1000);
    set("multiline.max_lines", 1000);
    set("into", "value");
    set("open_files_max", 512);
    set("rescan", 10'000);
    set("rotate_wait", 30);
    set("forget_after", 3'600'000);
}

source_rig::~source_rig() {
    crash();
    fs::remove_all(root_);
}

void source_rig::set(const std::string& option, const std::string& text) {
    std::erase_if(settings_, [&](const auto& each) { return each.name == option; });
    settings_.push_back({.name = option, .type = WEIR_OPTION_STRING, .text = text});
}
void source_rig::set(const std::string& option, std::int64_t number) {
    std::erase_if(settings_, [&](const auto& each) { return each.name == option; });
    settings_.push_back({.name = option, .type = WEIR_OPTION_INTEGER, .integer = number});
}
void source_rig::set(const std::string& option, std::vector<std::string> list) {
    std::erase_if(settings_, [&](const auto& each) { return each.name == option; });
    settings_.push_back({.name = option, .type = WEIR_OPTION_LIST, .items = std::move(list)});
}

bool source_rig::start() {
    crash();
    std::vector<weir_position> known;
    for (const auto& [partition, offset] : positions_)
        known.push_back({sdk::text(partition), sdk::text(offset)});
    const connect::plugin::component_settings all("test", (root_ / ".data").string(), settings_);
    weir_error error = {};
    const auto status = all.with_abi([&](const weir_settings& given) {
        return functions::table.create(&host_, &given, known.data(), known.size(), &task_, &error);
    });
    error_.assign(error.text, error.text_size);
    return status == WEIR_OK;
}

void source_rig::crash() {
    if (task_ != nullptr) functions::table.destroy(task_);
    task_ = nullptr;
    pending_.clear();
    pending_positions_.clear();
}

const std::vector<taken>& source_rig::poll(std::chrono::milliseconds timeout) {
    weir_batch batch = {};
    batch.size = sizeof batch;
    weir_error error = {};
    const auto status =
        functions::table.poll(task_, static_cast<std::uint32_t>(timeout.count()), &batch, &error);
    if (status != WEIR_OK) throw std::runtime_error(std::string(error.text, error.text_size));
    last_.clear();
    for (std::uint32_t at = 0; at < batch.record_count; ++at) {
        const auto& record = batch.records[at];
        taken copy;
        const auto text_of = [](const weir_value& value) {
            if (value.kind == WEIR_INT64) return std::to_string(value.of.integer);
            return std::string(value.of.data, value.count);
        };
        if (record.value.kind == WEIR_STRUCT) {
            copy.text = text_of(record.value.of.items[0]);
            for (std::uint32_t field = 1; field < record.value.count; ++field)
                copy.fields[std::string(sdk::view(record.value.schema->fields[field].name))] =
                    text_of(record.value.of.items[field]);
        } else {
            copy.text = text_of(record.value);
        }
        for (std::uint32_t header = 0; header < record.header_count; ++header)
            copy.fields[std::string(sdk::view(record.headers[header].key))] =
                text_of(record.headers[header].value);
        copy.error = sdk::view(record.error);
        last_.push_back(std::move(copy));
    }
    for (std::uint32_t at = 0; at < batch.position_count; ++at) {
        const auto& position = batch.positions[at];
        pending_positions_[std::string(sdk::view(position.partition))] = sdk::view(position.offset);
    }
    pending_.insert(pending_.end(), last_.begin(), last_.end());
    drained_ = (batch.flags & WEIR_BATCH_DRAINED) != 0;
    return last_;
}

void source_rig::commit() {
    durable_.insert(durable_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    for (const auto& [partition, offset] : pending_positions_) {
        if (offset.empty()) {
            positions_.erase(partition);
        } else {
            positions_[partition] = offset;
        }
    }
    pending_positions_.clear();
}

void source_rig::drain(std::chrono::milliseconds quiet) {
    while (true) {
        const bool nothing = poll(quiet).empty() && pending_positions_.empty();
        const bool over = nothing && drained_;
        commit();
        if (over) return;
    }
}

bool source_rig::wait_for(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (durable_.size() < count && std::chrono::steady_clock::now() < end) {
        poll(std::chrono::milliseconds(50));
        commit();
    }
    return durable_.size() >= count;
}

void source_rig::request_stop() {
    functions::table.request_stop(task_);
}

std::vector<std::string> source_rig::texts() const {
    std::vector<std::string> out;
    for (const auto& each : durable_)
        out.push_back(each.text);
    return out;
}

double source_rig::metric(const std::string& name) const {
    const auto at = metrics_.find(name);
    return at == metrics_.end() ? -1 : at->second;
}

void source_rig::on_log(void* context, uint32_t level, weir_text line) {
    auto& self = *static_cast<source_rig*>(context);
    (void)level;
    self.log_.emplace_back(sdk::view(line));
}

void source_rig::on_metric(void* context, const weir_metric* sample) {
    auto& self = *static_cast<source_rig*>(context);
    self.metrics_[std::string(sdk::view(sample->name))] = sample->value;
}

namespace {

void put(const fs::path& path, const std::string& content, int flags) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (file < 0) throw std::runtime_error("cannot open " + path.string());
    std::size_t done = 0;
    while (done < content.size()) {
        const auto put = ::write(file, content.data() + done, content.size() - done);
        if (put <= 0) throw std::runtime_error("cannot write " + path.string());
        done += static_cast<std::size_t>(put);
    }
    ::close(file);
}

void keep_time(const fs::path& from, const fs::path& to) {
    struct stat facts = {};
    if (::stat(from.c_str(), &facts) != 0) return;
    const timespec times[2] = {facts.st_atim, facts.st_mtim};
    ::utimensat(AT_FDCWD, to.c_str(), times, 0);
}

}  // namespace

void write_file(const fs::path& path, const std::string& content) {
    put(path, content, O_TRUNC);
}
void append(const fs::path& path, const std::string& content) {
    put(path, content, O_APPEND);
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string gzipped(const std::string& content) {
    z_stream stream = {};
    ::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(::deflateBound(&stream, content.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

std::string zstd_made(const std::string& content) {
    std::string out(::ZSTD_compressBound(content.size()), '\0');
    out.resize(::ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 1));
    return out;
}

void gzip(const fs::path& path) {
    write_file(path.string() + ".gz", gzipped(read_file(path)));
    keep_time(path, path.string() + ".gz");
    fs::remove(path);
}

void zstd(const fs::path& path) {
    write_file(path.string() + ".zst", zstd_made(read_file(path)));
    keep_time(path, path.string() + ".zst");
    fs::remove(path);
}

void copytruncate(const fs::path& from, const fs::path& to) {
    write_file(to, read_file(from));
    if (::truncate(from.c_str(), 0) != 0) throw std::runtime_error("cannot truncate");
}

void make_older(const fs::path& path, int seconds) {
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= seconds;
    const timespec times[2] = {now, now};
    ::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

}  // namespace weir::test
