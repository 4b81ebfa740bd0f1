// json_writer: values as JSON, as Kafka's JsonConverter with Jackson writes them: no white space,
// doubles as Java prints them, bytes in base64, maps whose keys are not strings as lists of pairs.
// Pure; one thread at a time; its buffer serves for the next value.
#pragma once

#include <cstring>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "connect/data/value.hpp"

namespace weir::connect::converters {

struct json_rules {
    bool numeric_decimals = false;  // decimal.format=NUMERIC; otherwise BASE64
    bool replace_null_with_default = true;
};

class json_writer {
  public:
    explicit json_writer(json_rules rules = {}) : rules_(rules) {}

    void clear() { size_ = 0; }
    // What was written since clear(); lives until the next one.
    std::string_view view() const { return {buffer_.get(), size_}; }

    // The error is a sentence. `with` may be null: a value without a schema.
    std::expected<void, std::string> write(const data::schema* with, const data::value& of);
    void write_string(std::string_view text);
    // As it is.
    void append(std::string_view text) {
        std::memcpy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }

  private:
    using done = std::expected<void, std::string>;

    // Where so many more characters can be written.
    char* room(std::size_t size) {
        if (capacity_ - size_ < size) grow(size);
        return buffer_.get() + size_;
    }
    void grow(std::size_t size);
    void write_bytes(std::string_view bytes);
    void write_real(std::string_view text, bool finite);
    done write_null(const data::schema* with);
    done write_decimal(const data::schema* with, const data::value& of);
    done write_array(const data::schema* with, const data::value& of);
    done write_map(const data::schema* with, const data::value& of);
    done write_struct(const data::value& of);

    json_rules rules_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

}  // namespace weir::connect::converters
