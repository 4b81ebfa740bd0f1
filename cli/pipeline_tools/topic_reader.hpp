// topic_reader: the records of topics as they come, or up to where they end now. In no group: what
// it reads is nobody's progress. One thread.
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connect/kafka/consumer.hpp"

namespace weir::cli::pipeline_tools {

template <class T>
using text_result = std::expected<T, std::string>;

enum class start_at : std::uint8_t { end, beginning, offset, last };

struct read_plan {
    std::string bootstrap;
    std::vector<std::string> topics;  // names, or with * and ?
    std::optional<std::int32_t> partition;
    start_at start = start_at::end;
    std::int64_t number = 0;   // of start: the offset, or how many from the end of each partition
    bool to_end = false;       // ends where the partitions end when it begins
    bool uncommitted = false;  // records of open and aborted transactions too
    std::string group;         // whose committed offsets are asked for; reading needs none
};

class topic_reader {
  public:
    using visitor = connect::kafka::consumer::visitor;
    struct range {
        std::int64_t begin = 0;
        std::int64_t end = 0;
    };
    using ranges = std::map<std::pair<std::string, std::int32_t>, range>;

    // Connects and finds the topics; a sentence when nobody answers or a topic is not there. A
    // pattern may match none, and later ones.
    static text_result<std::unique_ptr<topic_reader>> open(read_plan plan);
    ~topic_reader();

    // Waits for records at most `timeout`, visits at most `count_max`. Fails with what cannot heal;
    // with to_end also when nothing comes for too long.
    text_result<std::size_t> poll(std::chrono::milliseconds timeout, std::size_t count_max,
                                  const visitor& visit);
    // Whether all partitions are read to their ends; only with to_end.
    bool at_end() const { return plan_.to_end && has_begun_ && open_.empty(); }

    // What is read of each partition. With to_end it may be changed before the first poll(): a
    // range that is empty is not read.
    ranges& parts() { return parts_; }
    connect::kafka::consumer& client() { return *consumer_; }

  private:
    using clock = std::chrono::steady_clock;
    explicit topic_reader(read_plan plan) : plan_(std::move(plan)) {}

    text_result<void> find_topics();
    text_result<void> add(const std::string& topic, std::int32_t partition);
    text_result<void> assign();
    bool wants(const std::string& topic) const;
    void on_problem(const connect::kafka::consumer::problem& what);
    // Whether the record is one of those to be read.
    bool note(const connect::kafka::message& record);

    read_plan plan_;
    std::unique_ptr<connect::kafka::consumer> consumer_;
    ranges parts_;
    std::set<std::pair<std::string, std::int32_t>> assigned_;
    std::set<std::pair<std::string, std::int32_t>> open_;  // not yet at their end
    bool has_begun_ = false;
    clock::time_point next_look_;
    clock::time_point last_record_;
    std::optional<std::string> failure_;
};

// Who does not answer, and what to do about it.
std::string unreachable_text(const std::string& bootstrap, const std::string& reason);

}  // namespace weir::cli::pipeline_tools
