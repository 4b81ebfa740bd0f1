#include "connectors/file/sink/rows.hpp"

#include <algorithm>

namespace weir::connectors::file::sink {
namespace {

std::string_view view(weir_text text) {
    return {text.data, text.data == nullptr ? 0 : text.size};
}

// An empty text is quoted, so that it differs from null.
void append_quoted(std::string& out, std::string_view text, char separator) {
    const char special[] = {separator, '"', '\r', '\n', '\0'};  // ends with a zero
    const bool bare = !text.empty() && text.find_first_of(special) == text.npos;
    if (bare) {
        out += text;
        return;
    }
    out += '"';
    for (const auto letter : text) {
        if (letter == '"') out += '"';
        out += letter;
    }
    out += '"';
}

}  // namespace

std::string_view row_writer::append_json_line(std::string& out, const weir_value& value) {
    if (value.kind == WEIR_JSON) {
        out.append(value.of.data, value.count);
    } else if (value.kind == WEIR_NULL) {
        out += "null";
    } else {
        return "the value is not in JSON form";
    }
    out += '\n';
    return {};
}

std::string_view row_writer::append_raw(std::string& out, const weir_value& value) const {
    const bool text =
        value.kind == WEIR_BYTES || value.kind == WEIR_STRING || value.kind == WEIR_JSON;
    if (text)
        out.append(value.of.data, value.count);
    else if (value.kind != WEIR_NULL)
        return "the value is not in the form of bytes";
    out += options_->delimiter;
    return {};
}

bool row_writer::read_fields(const weir_value& value) {
    fields_.clear();
    if (value.kind == WEIR_STRUCT && value.schema != nullptr) {
        for (std::uint32_t index = 0; index < value.count; ++index)
            fields_.push_back({view(value.schema->fields[index].name), &value.of.items[index], {}});
        return true;
    }
    if (value.kind == WEIR_MAP) {
        for (std::uint32_t index = 0; index < value.count; ++index) {
            const auto& key = value.of.items[2 * index];
            if (key.kind != WEIR_STRING) return false;
            fields_.push_back({{key.of.data, key.count}, &value.of.items[2 * index + 1], {}});
        }
        return true;
    }
    if (value.kind != WEIR_JSON || !read_json_object({value.of.data, value.count}, parsed_))
        return false;
    for (const auto& each : parsed_)
        fields_.push_back({each.name, nullptr, each.value});
    return true;
}

void row_writer::append_cell(std::string& out, std::string_view name, std::size_t hint) {
    // Nearly always fields have the order of the columns.
    const bool hit = hint < fields_.size() && fields_[hint].name == name;
    const auto found = hit ? fields_.begin() + static_cast<std::ptrdiff_t>(hint)
                           : std::ranges::find(fields_, name, &field::name);
    if (found == fields_.end()) return;
    const bool is_null =
        found->value != nullptr ? found->value->kind == WEIR_NULL : found->json == "null";
    if (is_null) return;
    cell_.clear();
    if (found->value != nullptr)
        append_text(cell_, *found->value);
    else
        append_json_text(cell_, found->json);
    append_quoted(out, cell_, options_->separator);
}

void row_writer::append_header(std::string& out) {
    has_header_ = true;
    if (!options_->header) return;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
        if (index > 0) out += options_->separator;
        append_quoted(out, columns_[index], options_->separator);
    }
    out += "\r\n";
}

std::string_view row_writer::append_csv(std::string& out, const weir_value& value) {
    const bool is_null = value.kind == WEIR_NULL;
    if (is_null)
        fields_.clear();
    else if (!read_fields(value))
        return "a row of CSV needs a value with fields: a struct, a map or a JSON object";
    if (columns_.empty()) {
        columns_ = options_->columns;
        if (columns_.empty()) {
            if (fields_.empty()) return "the first record of a file has no fields to be columns";
            for (const auto& each : fields_)
                columns_.emplace_back(each.name);
        }
    }
    if (!has_header_) append_header(out);
    for (std::size_t index = 0; index < columns_.size(); ++index) {
        if (index > 0) out += options_->separator;
        append_cell(out, columns_[index], index);
    }
    out += "\r\n";
    for (std::size_t index = 0; index < fields_.size(); ++index) {
        const bool in_place = index < columns_.size() && columns_[index] == fields_[index].name;
        const bool left_out =
            !in_place && std::ranges::find(columns_, fields_[index].name) == columns_.end();
        if (left_out) ++left_out_;
    }
    return {};
}

void row_end_finder::take(std::string_view piece) {
    if (quotes_) {
        // Within quotes a line break belongs to a cell; a doubled quote opens at once again.
        for (std::size_t at = 0; at < piece.size(); ++at) {
            if (piece[at] == '"') inside_ = !inside_;
            if (piece[at] == '\n' && !inside_) end_ = seen_ + at + 1;
        }
        seen_ += piece.size();
        return;
    }
    const auto before = seen_ - tail_.size();
    tail_ += piece;
    seen_ += piece.size();
    const auto found = tail_.rfind(delimiter_);
    if (found != tail_.npos) end_ = before + found + delimiter_.size();
    const auto kept = std::min(tail_.size(), delimiter_.size() - 1);
    tail_.erase(0, tail_.size() - kept);
}

}  // namespace weir::connectors::file::sink
