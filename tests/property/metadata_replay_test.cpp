// Goal: the image that a controller has is the one that its records give to whoever replays them,
// and no published copy ever changes. Method: thousands of random requests go into the core; its
// records are written, read and applied to a second image, and both are told line by line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "broker/controller/core/controller_core.hpp"

namespace weir::broker::controller {
namespace {

std::string list(const std::vector<node_id>& ids) {
    std::string text;
    for (const auto id : ids)
        text += fmt::format(" {}", id);
    return text;
}

// All that an image says.
std::string told(const metadata_image& image) {
    std::string text = fmt::format("{} topics {} partitions next {}\n", image.topic_count(),
                                   image.partition_count(), image.next_producer_id());
    for (const auto& topic : image.sorted_topics()) {
        text += fmt::format("topic {} {} {}\n", topic->name, topic->id,
                            image.topic(topic->name) == image.topic(topic->id));
        for (const auto& each : topic->partitions) {
            text += fmt::format("  leader {} epoch {} {} isr{} replicas{}\n", each.leader,
                                each.leader_epoch, each.partition_epoch, list(each.isr),
                                list(each.replicas));
        }
        for (const auto& [name, value] : image.configs({.name = topic->name}))
            text += fmt::format("  {}={}\n", name, value);
    }
    for (const auto& [id, broker] : image.brokers()) {
        text += fmt::format("broker {} epoch {} rack {} fenced {}", id, broker.epoch,
                            broker.rack.value_or("-"), broker.fenced);
        for (const auto& each : broker.endpoints)
            text += fmt::format(" {}={}:{}", each.listener, each.host, each.port);
        for (const auto& [name, value] :
             image.configs({.type = resource_type::broker, .name = fmt::format("{}", id)}))
            text += fmt::format(" {}={}", name, value);
        text += '\n';
    }
    for (const auto& [name, level] : image.features())
        text += fmt::format("feature {} {}\n", name, level);
    return text;
}

// A controller under random requests. Names are few, so that they meet.
class life {
  public:
    explicit life(std::uint64_t seed) : random_(seed), core_(options(), seed) {}

    metadata_records step() {
        switch (random_.below(9)) {
            case 0:
            case 1:
            case 2:
                return create();
            case 3:
                return remove();
            case 4:
                return grow();
            case 5:
                return change_topic();
            case 6:
                return change_broker();
            case 7:
                return change_feature();
            default:
                return random_.below(3) == 0 ? register_broker()
                                             : core_.allocate_producer_ids(any_node()).records;
        }
    }
    const controller_core& core() const { return core_; }

  private:
    static controller_options options() {
        controller_options made;
        made.num_partitions = 2;
        made.check_topic_config = [](std::string_view name,
                                     std::string_view) -> std::optional<std::string> {
            if (name == "bad") return "bad";
            return std::nullopt;
        };
        return made;
    }
    metadata_records change_feature() {
        protocol::update_features_request request;
        auto& wanted = request.feature_updates.emplace_back();
        wanted.feature = random_.below(4) == 0 ? "metadata.version" : "transaction.version";
        wanted.max_version_level =
            static_cast<std::int16_t>(random_.below(4) + (random_.below(4) == 0 ? 27 : 0));
        wanted.upgrade_type = static_cast<std::int8_t>(1 + random_.below(3));
        return core_.update_features(request).records;
    }
    node_id any_node() { return node_id(static_cast<std::int32_t>(random_.below(3))); }
    std::string any_name() {
        static constexpr std::string_view names[] = {"a", "b", "c.d", "c_d", "e.f.g", "..", "h"};
        return std::string(names[random_.below(std::size(names))]);
    }

    metadata_records create() {
        protocol::create_topics_request request;
        request.validate_only = random_.below(10) == 0;
        for (std::size_t count = 1 + random_.below(3); count > 0; --count) {
            auto& wanted = request.topics.emplace_back();
            wanted.name = any_name();
            wanted.num_partitions = static_cast<std::int32_t>(random_.below(5)) - 1;
            wanted.replication_factor = static_cast<std::int16_t>(random_.below(4)) - 1;
            if (random_.below(3) == 0) {
                auto& config = wanted.configs.emplace_back();
                config.name = random_.below(10) == 0 ? "bad" : "x";
                config.value = "1";
            }
        }
        return core_.create_topics(request).records;
    }
    metadata_records remove() {
        protocol::delete_topics_request request;
        request.topics.resize(1 + random_.below(2));
        for (auto& each : request.topics) {
            const auto name = any_name();
            const auto* known = core_.image().topic(name);
            if (known && random_.below(2) == 0) {
                each.topic_id = known->id;
            } else {
                each.name = name;
            }
        }
        return core_.delete_topics(request).records;
    }
    metadata_records grow() {
        protocol::create_partitions_request request;
        auto& each = request.topics.emplace_back();
        each.name = any_name();
        each.count = static_cast<std::int32_t>(random_.below(8));
        each.assignments.reset();
        return core_.create_partitions(request).records;
    }
    metadata_records change(const config_resource& of) {
        std::vector<config_change> changes(1 + random_.below(2));
        for (auto& each : changes) {
            each.name = random_.below(2) == 0 ? "x" : "y";
            if (random_.below(3) > 0) each.value = std::to_string(random_.below(100));
        }
        return core_.change_configs(of, changes);
    }
    metadata_records change_topic() {
        const auto name = any_name();
        if (!core_.image().topic(name)) return {};
        return change({.name = name});
    }
    metadata_records change_broker() {
        return change({.type = resource_type::broker, .name = fmt::format("{}", any_node())});
    }
    metadata_records register_broker() {
        broker_image broker{.id = any_node(), .epoch = ++epoch_};
        broker.endpoints.push_back({.listener = "PLAINTEXT", .host = "h", .port = 9092});
        if (random_.below(2) == 0) broker.rack = "r";
        return core_.register_broker(broker, {.high = random_.next(), .low = 1});
    }

    base::prng random_;
    controller_core core_;
    std::int64_t epoch_ = 0;
};

TEST(metadata_replay, gives_every_reader_the_controllers_image) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SCOPED_TRACE(seed);
        life of(seed);
        metadata_image replayed;
        std::vector<std::pair<metadata_image, std::string>> published;
        for (int step = 0; step < 300; ++step) {
            for (const auto& record : of.step()) {
                const auto read = decode_metadata_record(encode_metadata_record(record));
                ASSERT_TRUE(read.has_value());
                ASSERT_TRUE(*read == record);
                ASSERT_TRUE(replayed.fits(*read));
                replayed.apply(*read);
            }
            if (step % 50 == 0) published.emplace_back(replayed, told(replayed));
        }
        ASSERT_EQ(told(replayed), told(of.core().image()));
        for (const auto& [image, text] : published)
            ASSERT_EQ(told(image), text);
    }
}

}  // namespace
}  // namespace weir::broker::controller
