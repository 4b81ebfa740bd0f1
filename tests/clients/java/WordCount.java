package weir.clients;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Produced;

/** Counts the words of the topic "lines" into "counts", a record for each word that comes. */
final class WordCount {
    private WordCount() {}

    /** Until it is told to end; the directory is for its state stores. */
    static void run(String address, String directory) throws Exception {
        var settings = Client.settings(address, "application.id", "word-count",
                "state.dir", directory, "processing.guarantee", "exactly_once_v2",
                "commit.interval.ms", "100", "statestore.cache.max.bytes", "0",
                "transaction.timeout.ms", "5000", "consumer.session.timeout.ms", "6000",
                "consumer.auto.offset.reset", "earliest",
                "default.key.serde", Serdes.StringSerde.class.getName(),
                "default.value.serde", Serdes.StringSerde.class.getName());
        var builder = new StreamsBuilder();
        builder.<String, String>stream("lines")
                .flatMapValues(line -> List.of(line.split(" ")))
                .groupBy((key, word) -> word)
                .count()
                .toStream()
                .mapValues(count -> Long.toString(count))
                .to("counts", Produced.with(Serdes.String(), Serdes.String()));
        var ended = new CountDownLatch(1);
        var streams = new KafkaStreams(builder.build(), settings);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) System.out.println("running");
            if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
                ended.countDown();
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
        ended.await();
        Records.check(streams.state() != KafkaStreams.State.ERROR, "no error ends it");
    }
}
