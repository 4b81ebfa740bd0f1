#include "connectors/http/body.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "connectors/http/hash.hpp"

namespace weir::connectors::http {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string_view content_of(const weir_record& record, const body_shape& shape) {
    return record.value.kind == WEIR_NULL ? shape.null_text : bytes_of(record.value);
}

char* put(char* to, std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

void append_number(std::int64_t number, std::string& into) {
    std::array<char, 24> digits;
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    into.append(digits.data(), written.ptr);
}

void append_place(const weir_record& of, std::string& into) {
    into += sdk::view(of.topic);
    into += '-';
    append_number(of.partition, into);
    into += '-';
    append_number(of.offset, into);
}

// The length of the UTF-8 character at the front, 0 when there is none.
std::size_t character_size(std::string_view text) {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
    const auto lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (size == 0 || lead > 0xf4 || text.size() < size) return 0;
    for (std::size_t at = 1; at < size; ++at) {
        if (!continues(at)) return 0;
    }
    const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool is_surrogate = lead == 0xed && byte(1) >= 0xa0;
    const bool is_beyond = lead == 0xf4 && byte(1) >= 0x90;
    return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

std::string_view action_name(const weir_record& of, bulk_operation operation) {
    if (of.value.kind == WEIR_NULL) return "delete";
    if (operation == bulk_operation::create) return "create";
    return operation == bulk_operation::update ? "update" : "index";
}

}  // namespace

void build_body(std::span<const weir_record> records, std::span<const std::uint32_t> numbers,
                const body_shape& shape, std::string& into) {
    std::size_t size = shape.prefix.size() + shape.suffix.size();
    if (!numbers.empty()) size += shape.separator.size() * (numbers.size() - 1);
    for (const auto number : numbers)
        size += content_of(records[number], shape).size();
    into.clear();
    into.resize_and_overwrite(size, [&](char* begin, std::size_t) {
        char* to = put(begin, shape.prefix);
        bool is_first = true;
        for (const auto number : numbers) {
            if (!is_first) to = put(to, shape.separator);
            is_first = false;
            to = put(to, content_of(records[number], shape));
        }
        to = put(to, shape.suffix);
        return static_cast<std::size_t>(to - begin);
    });
}

void append_json_text(std::string_view text, std::string& into) {
    while (!text.empty()) {
        const auto size = character_size(text);
        const auto code = static_cast<unsigned char>(text[0]);
        if (size == 0) {
            into += "\xef\xbf\xbd";
        } else if (code == '"' || code == '\\') {
            into += '\\';
            into += text[0];
        } else if (code < 0x20) {
            into += "\\u00";
            into += hex_digits[code >> 4];
            into += hex_digits[code & 15];
        } else {
            into += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
}

std::expected<void, std::string> append_action(const weir_record& of, const bulk_shape& shape,
                                               std::string& into) {
    const auto begin = into.size();
    std::string index;
    if (auto expanded = shape.index.expand(of, escape::index, index); !expanded) return expanded;
    if (shape.has_id && shape.id_is_key && of.key.kind == WEIR_NULL)
        return std::unexpected("id = \"key\": the record has no key");
    into += "{\"";
    into += action_name(of, shape.operation);
    into += "\":{\"_index\":\"";
    append_json_text(index, into);
    if (shape.has_id) {
        into += "\",\"_id\":\"";
        const auto id_begin = into.size();
        std::string place;
        if (!shape.id_is_key) append_place(of, place);
        append_json_text(shape.id_is_key ? bytes_of(of.key) : std::string_view(place), into);
        if (into.size() - id_begin > 512) {
            into.resize(begin);
            return std::unexpected("id = \"key\": the key is longer than 512 bytes");
        }
    }
    into += "\"}}\n";
    if (of.value.kind == WEIR_NULL) return {};
    const bool is_update = shape.operation == bulk_operation::update;
    if (is_update) into += "{\"doc\":";
    into += bytes_of(of.value);
    into += is_update ? ",\"doc_as_upsert\":true}\n" : "\n";
    return {};
}

std::string idempotency_key(std::span<const weir_record> records,
                            std::span<const std::uint32_t> numbers) {
    if (numbers.empty()) return {};
    const auto& first = records[numbers.front()];
    const auto topic = sdk::view(first.topic);
    std::uint64_t hash = hash_seed;
    bool is_run = true;
    std::int64_t expected = first.offset;
    for (const auto number : numbers) {
        const auto& each = records[number];
        is_run = is_run && each.partition == first.partition && each.offset == expected++ &&
                 sdk::view(each.topic) == topic;
    }
    std::string out;
    append_place(first, out);
    out += '-';
    append_number(records[numbers.back()].offset, out);
    if (is_run) return out;
    for (const auto number : numbers)
        hash = hash_of_place(records[number], hash);
    out += '-';
    for (int shift = 60; shift >= 0; shift -= 4)
        out += hex_digits[(hash >> static_cast<unsigned>(shift)) & 15];
    return out;
}

}  // namespace weir::connectors::http
