// rows: records as the lines of a file: JSON Lines, CSV (RFC 4180) or raw bytes with a delimiter.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connect/abi/plugin.h"
#include "connectors/file/sink/value_text.hpp"

namespace weir::connectors::file::sink {

enum class row_format : std::uint8_t { json, csv, raw };

struct row_options {
    row_format format = row_format::json;
    std::string delimiter = "\n";      // raw
    std::vector<std::string> columns;  // csv; empty: the fields of a file's first record
    char separator = ',';
    bool header = true;
};

// Writes the rows of one file.
class row_writer {
  public:
    explicit row_writer(const row_options& options) : options_(&options) {}

    // Appends the record's row, and before the first one the header. Empty, or the reason why the
    // record has no row; then nothing is appended.
    std::string_view append(std::string& out, const weir_value& value) {
        if (options_->format == row_format::json) return append_json_line(out, value);
        return options_->format == row_format::raw ? append_raw(out, value)
                                                   : append_csv(out, value);
    }
    // The file has its header already.
    void skip_header() { has_header_ = true; }
    // Fields that no column has; their number grows with each row.
    std::uint64_t left_out() const { return left_out_; }

  private:
    static std::string_view append_json_line(std::string& out, const weir_value& value);
    std::string_view append_raw(std::string& out, const weir_value& value) const;
    std::string_view append_csv(std::string& out, const weir_value& value);
    bool read_fields(const weir_value& value);
    void append_cell(std::string& out, std::string_view name, std::size_t hint);
    void append_header(std::string& out);

    struct field {
        std::string_view name;
        const weir_value* value = nullptr;  // or
        std::string_view json;
    };
    const row_options* options_;
    std::vector<std::string> columns_;
    std::vector<field> fields_;       // of the record at hand
    std::vector<json_field> parsed_;  // what they view
    std::string cell_;
    std::uint64_t left_out_ = 0;
    bool has_header_ = false;
};

// Finds where the rows of a file that was cut off anywhere end. Takes the file piece by piece.
class row_end_finder {
  public:
    explicit row_end_finder(const row_options& options)
        : delimiter_(options.format == row_format::raw ? options.delimiter : "\n"),
          quotes_(options.format == row_format::csv) {}
    void take(std::string_view piece);
    // Behind the last whole row.
    std::uint64_t end() const { return end_; }

  private:
    std::string delimiter_;
    bool quotes_;
    bool inside_ = false;
    std::string tail_;  // shorter than the delimiter
    std::uint64_t seen_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace weir::connectors::file::sink
