#include "cli/tools/console/deserializer.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "base/utf8.hpp"
#include "broker/protocol/json_writer.hpp"

namespace weir::cli::tools::console {
namespace {

tool_error serialization_exception(std::string message) {
    return client_error("SerializationException", std::move(message));
}

tool_result<void> text_of_string(base::bytes_view data, std::string& to) {
    to += base::to_valid_utf8(base::as_text(data));
    return {};
}

// The name of the array's class and a hash, which says nothing in Java either.
tool_result<void> text_of_byte_array(base::bytes_view data, std::string& to) {
    to += fmt::format("[B@{:x}", base::crc32c(data));
    return {};
}

tool_result<void> text_of_byte_buffer(base::bytes_view data, std::string& to) {
    to += fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", data.size());
    return {};
}

// Bytes.toString: printable ASCII as it is, the rest in hex.
tool_result<void> text_of_bytes(base::bytes_view data, std::string& to) {
    for (const auto each : data) {
        const auto byte = std::to_integer<unsigned>(each);
        if (byte >= 32 && byte <= 126 && byte != '\\') {
            to += static_cast<char>(byte);
        } else {
            to += fmt::format("\\x{:02X}", byte);
        }
    }
    return {};
}

template <class Int>
tool_result<void> text_of_integer(base::bytes_view data, std::string& to) {
    constexpr std::string_view name = sizeof(Int) == 2   ? "Short"
                                      : sizeof(Int) == 4 ? "Integer"
                                                         : "Long";
    if (data.size() != sizeof(Int)) {
        return std::unexpected(serialization_exception(
            fmt::format("Size of data received by {}Deserializer is not {}", name, sizeof(Int))));
    }
    to += fmt::format("{}", base::load_be<Int>(data.data()));
    return {};
}

template <class Float, class Bits>
tool_result<void> text_of_float(base::bytes_view data, std::string& to) {
    if (data.size() != sizeof(Bits)) {
        return std::unexpected(serialization_exception(
            fmt::format("Size of data received by Deserializer is not {}", sizeof(Bits))));
    }
    to += broker::protocol::to_java_text(std::bit_cast<Float>(base::load_be<Bits>(data.data())));
    return {};
}

tool_result<void> text_of_boolean(base::bytes_view data, std::string& to) {
    if (data.size() != 1) {
        return std::unexpected(
            serialization_exception("Size of data received by BooleanDeserializer is not 1"));
    }
    const auto byte = base::load_be<std::int8_t>(data.data());
    if (byte != 0 && byte != 1) {
        return std::unexpected(serialization_exception(
            fmt::format("Unexpected byte received by BooleanDeserializer: {}", byte)));
    }
    to += byte == 1 ? "true" : "false";
    return {};
}

// UUID.fromString takes five groups of hex digits of any length and keeps their low digits.
tool_result<void> text_of_uuid(base::bytes_view data, std::string& to) {
    constexpr std::array<unsigned, 5> digits = {8, 4, 4, 4, 12};
    auto text = base::as_text(data);
    std::string out;
    for (std::size_t group = 0; group < digits.size(); ++group) {
        const auto dash = group + 1 == digits.size() ? text.size() : text.find('-');
        std::uint64_t value = 0;
        const auto piece = text.substr(0, std::min(dash, text.size()));
        const auto [end, error] =
            std::from_chars(piece.data(), piece.data() + piece.size(), value, 16);
        const bool sound = dash != std::string_view::npos && !piece.empty() &&
                           error == std::errc() && end == piece.data() + piece.size();
        if (!sound) {
            return std::unexpected(serialization_exception("Error parsing data into UUID"));
        }
        const auto kept = value & ((std::uint64_t{1} << (4 * digits[group])) - 1);
        if (group > 0) out += '-';
        out += fmt::format("{:0{}x}", kept, digits[group]);
        text.remove_prefix(std::min(dash + 1, text.size()));
    }
    to += out;
    return {};
}

tool_result<void> text_of_void(base::bytes_view, std::string&) {
    return std::unexpected(illegal_argument("Data should be null for a VoidDeserializer."));
}

struct deserializer_class {
    std::string_view name;
    deserializer function;
};

constexpr deserializer_class classes[] = {
    {"StringDeserializer", text_of_string},
    {"ByteArrayDeserializer", text_of_byte_array},
    {"ByteBufferDeserializer", text_of_byte_buffer},
    {"BytesDeserializer", text_of_bytes},
    {"ShortDeserializer", text_of_integer<std::int16_t>},
    {"IntegerDeserializer", text_of_integer<std::int32_t>},
    {"LongDeserializer", text_of_integer<std::int64_t>},
    {"FloatDeserializer", text_of_float<float, std::uint32_t>},
    {"DoubleDeserializer", text_of_float<double, std::uint64_t>},
    {"BooleanDeserializer", text_of_boolean},
    {"UUIDDeserializer", text_of_uuid},
    {"VoidDeserializer", text_of_void},
};

}  // namespace

deserializer find_deserializer(std::string_view class_name) {
    constexpr std::string_view package = "org.apache.kafka.common.serialization.";
    if (!class_name.starts_with(package)) return nullptr;
    class_name.remove_prefix(package.size());
    for (const auto& each : classes) {
        if (each.name == class_name) return each.function;
    }
    return nullptr;
}

}  // namespace weir::cli::tools::console
