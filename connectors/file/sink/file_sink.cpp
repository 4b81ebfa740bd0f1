#include "connectors/file/sink/file_sink.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::connectors::file::sink {
namespace {

constexpr std::int64_t report_every_ms = 1000;

std::int64_t machine_clock_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::string_view key_of(const weir_record& record) {
    const bool text = record.key.kind == WEIR_BYTES || record.key.kind == WEIR_STRING ||
                      record.key.kind == WEIR_JSON;
    return text ? std::string_view(record.key.of.data, record.key.count) : std::string_view();
}

// A record without a time belongs to 1970: a name must be the same when the record comes again.
std::int64_t time_of(const weir_record& record) {
    return std::max<std::int64_t>(record.timestamp_ms, 0);
}

}  // namespace

// One bucket of a partition, or one appended file.
struct file_sink::slot {
    partition* owner = nullptr;  // null: appended
    std::string name;            // of the bucket, or the path
    // Files from before a crash that have records which come again.
    std::vector<finished_file> before;
    std::unique_ptr<output_file> file;
    finished_file range;  // of `file`
    std::int64_t begun_ms = 0;
    std::int64_t touched_ms = 0;
    std::uint64_t used = 0;
    bool due = false;
};

struct file_sink::partition {
    std::string topic;
    std::int32_t number = 0;
    std::int64_t taken = -1;                 // the next offset after what was taken
    std::unique_ptr<partition_files> files;  // with {offset}
    std::unordered_map<std::string, std::unique_ptr<slot>> slots;
};

sdk::outcome file_sink::create(const sdk::host& host, const sdk::settings& settings,
                               weir_sink_wish& wish, std::unique_ptr<sdk::sink>& task) {
    std::vector<finding> wrong;
    auto options = read_options(settings, wrong);
    if (!wrong.empty()) return sdk::fatal(wrong[0].first + ": " + wrong[0].second);
    wish.key_form = WEIR_FORM_BYTES;
    wish.value_form = options.rows.format == row_format::json  ? WEIR_FORM_JSON
                      : options.rows.format == row_format::raw ? WEIR_FORM_BYTES
                                                               : WEIR_FORM_TYPED;
    auto machine = make_posix_disk(options.sync);
    task =
        std::make_unique<file_sink>(host, std::move(options), std::move(machine), machine_clock_ms);
    return sdk::ok();
}

void file_sink::check(const sdk::settings& settings, bool reach, sdk::problems& into) {
    (void)reach;  // directories are made when the first record is there
    std::vector<finding> wrong;
    (void)read_options(settings, wrong);
    for (const auto& [option, reason] : wrong)
        into.add(option, reason);
}

file_sink::file_sink(const sdk::host& host, sink_options options, std::unique_ptr<disk> on,
                     steady_clock_ms clock)
    : host_(host),
      options_(std::move(options)),
      disk_(std::move(on)),
      clock_(std::move(clock)),
      now_ms_(clock_()) {}

// Files that are not finished stay hidden; who opens the partition next removes them.
file_sink::~file_sink() = default;

file_sink::partition* file_sink::find(std::string_view topic, std::int32_t number) {
    for (const auto& each : partitions_) {
        if (each->number == number && each->topic == topic) return each.get();
    }
    return nullptr;
}

result<file_sink::partition*> file_sink::take_partition(std::string_view topic, std::int32_t number,
                                                        std::int64_t start) {
    auto made = std::make_unique<partition>();
    made->topic = topic;
    made->number = number;
    if (options_.path.has_offset()) {
        made->files = std::make_unique<partition_files>(*disk_, options_, made->topic, number);
        const auto opened = made->files->open(start);
        if (!opened) return std::unexpected(opened.error());
        if (!opened->empty())
            host_.warn(made->topic + "-" + std::to_string(number) + ": " + *opened);
    }
    partitions_.push_back(std::move(made));
    return partitions_.back().get();
}

void file_sink::drop_partition(std::size_t index) {
    auto& gone = *partitions_[index];
    at_partition_ = nullptr;
    at_slot_ = nullptr;
    std::erase_if(open_, [&gone](const slot* each) { return each->owner == &gone; });
    std::erase_if(refused_, [&gone](const refused& each) { return each.of == &gone; });
    // Not committed: whoever reads on from there writes it again.
    gone.slots.clear();
    if (gone.files) gone.files->discard();
    partitions_.erase(partitions_.begin() + static_cast<std::ptrdiff_t>(index));
}

sdk::outcome file_sink::open(std::span<const weir_partition> partitions) {
    (void)close(partitions);
    for (const auto& each : partitions) {
        const auto made = take_partition(sdk::view(each.topic), each.partition, each.offset);
        if (!made) return outcome_of(made.error());
    }
    return sdk::ok();
}

sdk::outcome file_sink::close(std::span<const weir_partition> partitions) {
    for (const auto& each : partitions) {
        for (std::size_t index = partitions_.size(); index-- > 0;) {
            const auto& at = *partitions_[index];
            const bool same = at.number == each.partition && at.topic == sdk::view(each.topic);
            if (same) drop_partition(index);
        }
    }
    return sdk::ok();
}

bool file_sink::is_routed(const weir_record& record) const {
    if (at_slot_ == nullptr || at_partition_->number != record.partition) return false;
    if (at_partition_->topic != sdk::view(record.topic)) return false;
    const auto time = time_of(record);
    if (time < at_span_.from_ms || time >= at_span_.until_ms) return false;
    return !options_.path.has_key() || at_key_ == key_of(record);
}

file_sink::slot& file_sink::slot_of(partition& of, std::string name) {
    auto& among = of.files ? of.slots : appended_;
    auto& at = among[name];
    if (at == nullptr) {
        at = std::make_unique<slot>();
        if (of.files) {
            at->owner = &of;
            at->before = of.files->finished_of(name);
        }
        at->name = std::move(name);
    }
    return *at;
}

// `reason` is filled when the record can have no file.
result<> file_sink::route(const weir_record& record, std::string& reason) {
    at_slot_ = nullptr;
    const auto topic = sdk::view(record.topic);
    at_partition_ = find(topic, record.partition);
    if (at_partition_ == nullptr) {
        const auto made = take_partition(topic, record.partition, -1);
        if (!made) return std::unexpected(made.error());
        at_partition_ = *made;
    }
    const auto key = key_of(record);
    auto name = options_.path.bucket({.topic = topic,
                                      .partition = record.partition,
                                      .timestamp_ms = time_of(record),
                                      .key = key});
    if (!name) {
        reason = std::move(name.error());
        return {};
    }
    at_slot_ = &slot_of(*at_partition_, std::move(*name));
    at_slot_->used = ++uses_;
    at_span_ = options_.path.span(time_of(record));
    if (options_.path.has_key()) at_key_ = key;
    return {};
}

void file_sink::refuse(const partition& of, const weir_record& record, std::string reason,
                       weir_result& answer) {
    refused_.push_back({&of, record.offset, std::move(reason)});
    answer.status = WEIR_BAD_RECORD;
    // The texts are set when the call ends: the list may still move.
}

// Whether the record is in a file that was finished before this task began. One that does not
// look as it did then is of another topic of the same name.
result<bool> file_sink::is_finished_already(const weir_record& record) {
    auto& before = at_slot_->before;
    while (!before.empty() && record.offset > before.front().last)
        before.erase(before.begin());
    if (before.empty() || record.offset < before.front().first) return false;
    const bool same =
        record.offset != before.front().first || time_of(record) == before.front().first_ms;
    if (same) return true;
    host_.warn(at_partition_->topic + "-" + std::to_string(at_partition_->number) +
               ": another topic of this name was here before; files with the same names go");
    for (const auto& [name, each] : at_partition_->slots)
        each->before.clear();
    if (const auto done = at_partition_->files->forget(); !done)
        return std::unexpected(done.error());
    return false;
}

// Room for one more open file.
result<> file_sink::make_room() {
    while (open_.size() >= options_.open_max) {
        auto& oldest = **std::ranges::min_element(open_, {}, &slot::used);
        if (const auto done = finish(oldest); !done) return done;
    }
    return {};
}

result<std::unique_ptr<writable>> file_sink::open_appended(const std::string& path,
                                                           bool& has_header) {
    constexpr std::size_t piece_bytes = std::size_t{1} << 20;
    auto opened = disk_->open(path, {.empty = false, .exclusive = true});
    if (!opened) return opened;
    auto& at = **opened;
    // A crash may have torn the last row. CSV has to be read from its beginning, since a line break
    // may be within quotes; else from as far back as a row ends.
    const bool all = options_.rows.format == row_format::csv;
    std::uint64_t back = all ? at.size_bytes() : piece_bytes;
    std::uint64_t end = 0;
    while (at.size_bytes() > 0) {
        const auto from = at.size_bytes() - std::min(back, at.size_bytes());
        row_end_finder finder(options_.rows);
        for (auto next = from; next < at.size_bytes();) {
            const auto piece = disk_->read(path, next, piece_bytes);
            if (!piece) return std::unexpected(piece.error());
            if (piece->empty()) break;
            finder.take(*piece);
            next += piece->size();
        }
        end = finder.end() == 0 ? 0 : from + finder.end();
        if (end > 0 || from == 0) break;
        back *= 2;
    }
    if (end < at.size_bytes()) {
        host_.warn(path + ": a torn row at the end is cut off");
        if (const auto cut = at.cut(end); !cut) return std::unexpected(cut.error());
    }
    has_header = end > 0;
    return opened;
}

result<> file_sink::begin(slot& of, const weir_record& first) {
    if (const auto done = make_room(); !done) return done;
    bool has_header = false;
    auto opened = of.owner != nullptr
                      ? of.owner->files->begin({first.offset, of.name})
                      : open_appended(options_.path.directory() + of.name, has_header);
    if (!opened) return std::unexpected(opened.error());
    of.file = std::make_unique<output_file>(std::move(*opened), options_.packing, options_.rows);
    if (has_header) of.file->rows().skip_header();
    of.range = {first.offset, first.offset, time_of(first), of.name};
    of.begun_ms = now_ms_;
    of.touched_ms = now_ms_;
    of.due = false;
    open_.push_back(&of);
    return {};
}

void file_sink::remove_slot(slot& of) {
    if (at_slot_ == &of) at_slot_ = nullptr;
    std::erase(open_, &of);
    auto& among = of.owner != nullptr ? of.owner->slots : appended_;
    among.erase(std::string(of.name));
}

result<> file_sink::finish(slot& of) {
    of.due = true;
    if (of.owner != nullptr && of.file->row_count() == 0) {
        // All its records were refused.
        of.file.reset();
        of.owner->files->abandon({of.range.first, of.name});
        remove_slot(of);
        return {};
    }
    const auto before = of.file->written_bytes();
    const auto written = of.file->finish(options_.sync);
    bytes_count_ += of.file->written_bytes() - before;
    if (!written) return written;
    left_out_count_ += of.file->rows().left_out();
    if (of.owner != nullptr) {
        if (const auto done = of.owner->files->finish(of.range); !done) return done;
        ++finished_count_;
    }
    remove_slot(of);
    return {};
}

result<> file_sink::finish_due(bool all) {
    for (std::size_t index = open_.size(); index-- > 0;) {
        auto& each = *open_[index];
        const bool old = each.owner != nullptr && now_ms_ - each.begun_ms >= options_.roll_every_ms;
        const bool idle = now_ms_ - each.touched_ms >= options_.roll_idle_ms;
        if (!(all || each.due || old || idle)) continue;
        if (const auto done = finish(each); !done) return done;
    }
    return {};
}

result<> file_sink::take(const weir_record& record, weir_result& answer) {
    if (!is_routed(record)) {
        std::string reason;
        if (const auto done = route(record, reason); !done) return done;
        if (!reason.empty() && record.offset >= at_partition_->taken) {
            refuse(*at_partition_, record, std::move(reason), answer);
            at_partition_->taken = record.offset + 1;
            return {};
        }
    }
    auto& of = *at_partition_;
    if (record.offset < of.taken) {
        // The call before ended early; it took this one.
        const auto is_it = [&](const refused& each) {
            return each.of == &of && each.offset == record.offset;
        };
        if (std::ranges::any_of(refused_, is_it)) answer.status = WEIR_BAD_RECORD;
        return {};
    }
    auto& into = *at_slot_;
    if (!into.before.empty()) {
        const auto already = is_finished_already(record);
        if (!already) return std::unexpected(already.error());
        if (*already) {
            ++skipped_count_;
            of.taken = record.offset + 1;
            return {};
        }
    }
    if (into.file == nullptr) {
        if (const auto done = begin(into, record); !done) return done;
    } else if (into.file->is_full()) {
        const auto before = into.file->written_bytes();
        if (const auto done = into.file->write(); !done) return done;
        bytes_count_ += into.file->written_bytes() - before;
    }
    const auto reason = into.file->append(record.value);
    of.taken = record.offset + 1;
    if (!reason.empty()) {
        refuse(of, record, std::string(reason), answer);
        return {};
    }
    into.range.last = record.offset;
    into.touched_ms = now_ms_;
    const bool large = into.owner != nullptr && into.file->size_bytes() >= options_.roll_size_bytes;
    return large ? finish(into) : result<>{};
}

sdk::outcome file_sink::put(std::span<const weir_record> records, std::span<weir_result> results) {
    now_ms_ = clock_();
    if (!again_) refused_.clear();
    again_ = true;
    if (const auto done = finish_due(false); !done) return outcome_of(done.error());
    for (std::size_t index = 0; index < records.size(); ++index) {
        if (const auto done = take(records[index], results[index]); !done)
            return outcome_of(done.error());
    }
    again_ = false;
    if (now_ms_ - report_every_ms >= reported_ms_) report();
    if (refused_.empty()) return sdk::ok();
    for (std::size_t index = 0; index < records.size(); ++index) {
        if (results[index].status == WEIR_OK) continue;
        const auto* of = find(sdk::view(records[index].topic), records[index].partition);
        for (const auto& each : refused_) {
            if (each.of == of && each.offset == records[index].offset)
                results[index].reason = sdk::text(each.reason);
        }
    }
    return sdk::ok();
}

result<> file_sink::sync_appended() {
    for (auto* each : open_) {
        const auto before = each->file->written_bytes();
        const auto done = each->file->finish(options_.sync);
        bytes_count_ += each->file->written_bytes() - before;
        if (!done) return done;
    }
    return {};
}

sdk::outcome file_sink::committable(std::span<weir_partition> partitions) {
    if (!options_.path.has_offset()) {
        const auto done = sync_appended();
        return done ? sdk::ok() : outcome_of(done.error());
    }
    for (auto& each : partitions) {
        auto* of = find(sdk::view(each.topic), each.partition);
        if (of == nullptr) continue;
        for (const auto& [name, at] : of->slots) {
            if (at->file != nullptr) each.offset = std::min(each.offset, at->range.first);
        }
        of->files->may_commit(each.offset);
    }
    return sdk::ok();
}

sdk::outcome file_sink::flush() {
    now_ms_ = clock_();
    const auto done = options_.path.has_offset() ? finish_due(true) : sync_appended();
    report();
    return done ? sdk::ok() : outcome_of(done.error());
}

void file_sink::report() {
    reported_ms_ = now_ms_;
    host_.gauge("weir_file_sink_files_open", "Files that are being written.",
                static_cast<double>(open_.size()));
    host_.counter("weir_file_sink_files_finished_total",
                  "Files that are whole and have their name.",
                  static_cast<double>(finished_count_));
    host_.counter("weir_file_sink_written_bytes_total", "Bytes handed to the system.",
                  static_cast<double>(bytes_count_));
    host_.counter("weir_file_sink_records_skipped_total",
                  "Records that came again and were in a finished file already.",
                  static_cast<double>(skipped_count_));
    host_.counter("weir_file_sink_fields_left_out_total", "Fields of CSV that no column has.",
                  static_cast<double>(left_out_count_));
}

}  // namespace weir::connectors::file::sink
