// json_writer: JSON as Kafka's tools print it, without blanks, members in the order in which they
// are put, text escaped as Jackson does it. Pure.
//
// Text comes from outside and may hold bytes that are not UTF-8: each such run becomes U+FFFD, as
// in Java.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace weir::broker::protocol {

class json_writer {
  public:
    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }
    // The name of the member whose value is put next.
    void key(std::string_view name);

    void put_text(std::string_view value);
    void put_number(std::int64_t value);
    void put_number(double value);
    void put_bool(bool value) { put_raw(value ? "true" : "false"); }
    void put_null() { put_raw("null"); }
    void put_base64(base::bytes_view value);
    // A value that is JSON already.
    void put_raw(std::string_view json);

    const std::string& text() const { return text_; }
    std::string take() && { return std::move(text_); }

  private:
    void open(char bracket);
    void close(char bracket);
    // A comma where one is due.
    void separate();

    std::string text_;
    bool first_ = true;  // in the innermost object or array
};

// A number as Java writes it: 1.0, 0.25, 1.0E7.
std::string to_java_text(double value);
std::string to_java_text(float value);

}  // namespace weir::broker::protocol
