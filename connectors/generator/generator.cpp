#include "connectors/generator/generator.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "connect/sdk/values.hpp"

namespace weir::connectors::generator {
namespace {

constexpr std::size_t batch_records = 1000;
constexpr std::string_view partition_text = R"({"generator":0})";

// {"next":N}, as poll() writes it.
bool read_position(std::string_view text, std::uint64_t& next) {
    constexpr std::string_view before = R"({"next":)";
    if (!text.starts_with(before) || !text.ends_with('}')) return false;
    const auto digits = text.substr(before.size(), text.size() - before.size() - 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), next);
    return !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
}

}  // namespace

void generator::read(const sdk::settings& settings, std::vector<finding>& wrong) {
    rate_ = settings.real("rate");
    if (!(rate_ >= 0) || !std::isfinite(rate_)) wrong.emplace_back("rate", "is at least 0");
    const auto count = settings.integer("count");
    if (count < 0) wrong.emplace_back("count", "is at least 0");
    end_ = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
    const auto size = settings.integer("size");
    constexpr std::int64_t size_max = std::int64_t{16} << 20;
    if (size < 0 || size > size_max) wrong.emplace_back("size", "is at most 16 MiB");
    size_ = static_cast<std::size_t>(std::clamp<std::int64_t>(size, 0, size_max));
    auto fields = settings.map("fields");
    if (size_ > 0 && !fields.empty())
        wrong.emplace_back("size", "is instead of fields: leave one of them out");
    if (fields.empty() && size_ == 0)
        fields = {{"seq", "seq"}, {"time", "now"}, {"text", "text(32)"}};
    for (const auto& [name, text] : fields) {
        auto made = field_template::parse(text);
        if (made)
            fields_.push_back({name, std::move(*made)});
        else
            wrong.emplace_back("fields", name + ": " + made.error());
    }
    if (!settings.has("key") || settings.text("key").empty()) return;
    auto made = field_template::parse(settings.text("key"));
    if (made)
        key_ = std::move(*made);
    else
        wrong.emplace_back("key", made.error());
}

// The memory of all batches to come.
void generator::prepare(std::uint64_t seed) {
    std::size_t longest = std::max(size_, key_ ? key_->text_size() : 0);
    for (const auto& each : fields_)
        longest = std::max(longest, each.make.text_size());
    words_.emplace(seed, longest);
    for (std::size_t index = 0; index <= fields_.size(); ++index)
        seeds_.push_back(mixed(seed, index));
    field_schemas_.reserve(fields_.size());
    for (const auto& each : fields_) {
        auto schema = sdk::plain_schema(each.make.type());
        schema.name = sdk::text(each.make.logical_name());
        const bool logical = schema.name.size > 0;
        schema.has_version = logical ? 1 : 0;
        schema.version = logical ? 1 : 0;
        field_schemas_.push_back(schema);
        schema_fields_.push_back({sdk::text(each.name), &field_schemas_.back()});
    }
    schema_ = size_ > 0 ? sdk::plain_schema(WEIR_STRING) : sdk::struct_schema(schema_fields_);
    records_.assign(batch_records, sdk::make_record(sdk::null_value()));
    values_.resize(batch_records * fields_.size());
    room_.resize(batch_records * (fields_.size() + 1) * uuid_bytes);
    for (std::size_t index = 0; index < batch_records && size_ == 0; ++index) {
        const auto values = std::span(values_).subspan(index * fields_.size(), fields_.size());
        records_[index].value = sdk::struct_value(values, &schema_);
    }
    position_.partition = sdk::text(partition_text);
}

sdk::outcome generator::create(const sdk::host& host, const sdk::settings& settings,
                               std::span<const weir_position> positions,
                               std::unique_ptr<sdk::source>& task) {
    (void)host;
    std::unique_ptr<generator> made(new generator);
    std::vector<finding> wrong;
    made->read(settings, wrong);
    if (!wrong.empty()) return sdk::fatal(wrong[0].first + ": " + wrong[0].second);
    for (const auto& each : positions) {
        const auto offset = sdk::view(each.offset);
        if (sdk::view(each.partition) != partition_text || offset.empty()) continue;
        if (!read_position(offset, made->next_))
            return sdk::fatal("the position " + std::string(offset) + R"( is not {"next":NUMBER})");
    }
    made->first_ = made->next_;
    made->prepare(static_cast<std::uint64_t>(settings.integer("seed")));
    task = std::move(made);
    return sdk::ok();
}

void generator::check(const sdk::settings& settings, bool reach, sdk::problems& into) {
    (void)reach;
    generator made;
    std::vector<finding> wrong;
    made.read(settings, wrong);
    for (const auto& [option, reason] : wrong)
        into.add(option, reason);
}

// How many records may be given now; waits until there is one.
std::size_t generator::wait_for_due(std::chrono::milliseconds timeout) {
    using seconds = std::chrono::duration<double>;
    using clock = std::chrono::steady_clock;
    std::unique_lock lock(stopping_);
    const auto left = end_ == 0 ? batch_records : end_ - std::min(end_, next_);
    if (left == 0) {
        stopped_.wait_for(lock, timeout, [this] { return stop_; });
        return 0;
    }
    if (stop_) return 0;
    const auto most = std::min<std::uint64_t>(left, batch_records);
    if (rate_ == 0) return most;
    const auto now = clock::now();
    if (!begun_) begun_ = now;
    // The first one is due at once.
    const auto given = static_cast<double>(next_ - first_);
    const auto wait = seconds(given / rate_) - (now - *begun_);
    if (wait > seconds(0)) {
        const auto longest = std::min<seconds>(wait, timeout);
        stopped_.wait_for(lock, longest, [this] { return stop_; });
    }
    const auto due = std::floor(seconds(clock::now() - *begun_).count() * rate_) + 1 - given;
    if (stop_ || due < 1) return 0;
    return due >= static_cast<double>(most) ? most : static_cast<std::size_t>(due);
}

void generator::fill(std::size_t count) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    auto* room = room_.data();
    auto* value = values_.data();
    for (std::size_t index = 0; index < count; ++index) {
        const auto number = next_ + index;
        if (size_ > 0) {
            const auto random = mixed(seeds_.back(), number);
            records_[index].value = sdk::string_value(words_->cut(random, size_), &schema_);
        }
        for (std::size_t field = 0; field < fields_.size(); ++field) {
            const field_template::moment at = {seeds_[field], number, now};
            *value = fields_[field].make.make(at, *words_, room);
            value->schema = &field_schemas_[field];
            ++value;
            room += uuid_bytes;
        }
        if (key_) {
            // Another seed than the value's of `size`.
            const field_template::moment at = {~seeds_.back(), number, now};
            records_[index].key = key_->make(at, *words_, room);
            room += uuid_bytes;
        }
    }
    next_ += count;
    offset_text_ = R"({"next":)" + std::to_string(next_) + '}';
    position_.offset = sdk::text(offset_text_);
}

sdk::outcome generator::poll(std::chrono::milliseconds timeout, sdk::source_batch& into) {
    const auto count = wait_for_due(timeout);
    // With a rate each batch has all that is due.
    into.drained = rate_ > 0 || count == 0 || next_ + count == end_;
    if (count == 0) return sdk::ok();
    fill(count);
    into.records = std::span(records_).first(count);
    into.positions = {&position_, 1};
    return sdk::ok();
}

void generator::request_stop() {
    const std::lock_guard lock(stopping_);
    stop_ = true;
    stopped_.notify_all();
}

}  // namespace weir::connectors::generator
