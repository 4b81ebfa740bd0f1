// The settings of a console tool's client: from its files and properties, under the names of
// Kafka's Java clients, as the gateway wants them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/tools/errors.hpp"
#include "cli/tools/options.hpp"
#include "connect/kafka/java_settings.hpp"

namespace weir::cli::tools::console {

// Java's Properties: one value a name; set() replaces it.
class properties {
  public:
    void set(std::string_view name, std::string value);
    std::optional<std::string> get(std::string_view name) const;
    bool has(std::string_view name) const { return get(name).has_value(); }
    // A number, or `otherwise` when it is none.
    std::int64_t number_or(std::string_view name, std::int64_t otherwise) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return values_; }

    // Those of a file, over the ones that are here.
    tool_result<void> read_file(const std::string& path);
    // "name=value" each; a name alone has the empty value.
    void read_arguments(const std::vector<std::string>& arguments);

  private:
    std::vector<std::pair<std::string, std::string>> values_;
};

// `option` of the command line into the property `name`: when it was given, or when nothing else
// has set the property and the option has a default.
void merge_option(properties& into, std::string_view name, const command_line& line,
                  std::string_view option);

// "Please provide valid host:port ..." when one of the addresses is none.
tool_result<void> check_bootstrap(const std::optional<std::string>& servers);

// What Kafka's client checks when it is made: that some bootstrap server has an address, and the
// name of the codec. `who`: "producer" or "consumer".
tool_result<void> check_client(const properties& settings, std::string_view who);

// Settings for a client with the log lines of Kafka's. What is unknown or cannot be honoured is
// told on standard error. `who`: "Producer clientId=console-producer".
connect::kafka::client_options make_client_options(connect::kafka::client_role role,
                                                   const properties& from, std::string who);

// The error as Kafka's clients would throw it.
tool_error exception_of(const connect::kafka::client_error& error);

}  // namespace weir::cli::tools::console
