package weir.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

/** The records of records.py, what is printed of one that was read, and the comparison. */
final class Records {
    record Written(byte[] key, byte[] value, List<Header> headers, long timestamp) {}

    record Place(int partition, long offset) {}

    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    private static final ObjectMapper JSON = new ObjectMapper();

    private Records() {}

    static List<Written> load(String path) throws Exception {
        var records = new ArrayList<Written>();
        for (String line : Files.readAllLines(Path.of(path))) {
            JsonNode node = JSON.readTree(line);
            var headers = new ArrayList<Header>();
            for (JsonNode each : node.get("h")) {
                headers.add(new RecordHeader(each.get(0).asText(), decode(each.get(1))));
            }
            records.add(new Written(decode(node.get("k")), decode(node.get("v")), headers,
                    node.get("t").asLong()));
        }
        return records;
    }

    private static byte[] decode(JsonNode text) {
        return text.isNull() ? null : Base64.getDecoder().decode(text.asText());
    }

    private static String shown(byte[] data) {
        if (data == null) return null;
        if (data.length <= 64) return Base64.getEncoder().encodeToString(data);
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(data);
            return "sha256:" + HexFormat.of().formatHex(digest);
        } catch (java.security.NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ObjectNode asRead(byte[] key, byte[] value, Iterable<Header> headers, long at) {
        var node = JSON.createObjectNode();
        node.put("k", shown(key)).put("v", shown(value));
        var list = node.putArray("h");
        for (Header each : headers) list.addArray().add(each.key()).add(shown(each.value()));
        return node.put("t", at);
    }

    static ObjectNode asRead(ConsumerRecord<byte[], byte[]> record) {
        check(record.timestampType() == TimestampType.CREATE_TIME, "the timestamp is CreateTime");
        return asRead(record.key(), record.value(), record.headers(), record.timestamp());
    }

    static String line(ConsumerRecord<byte[], byte[]> record) {
        var node = JSON.createObjectNode();
        node.put("p", record.partition()).put("o", record.offset());
        return node.setAll(asRead(record)).toString();
    }

    /** What was read is what was written, where the reports say, without a gap, key by key. */
    static void check(List<ConsumerRecord<byte[], byte[]>> read, List<Written> records,
            List<Place> places) {
        var missing = new HashMap<Place, ObjectNode>();
        for (int index = 0; index < records.size(); index++) {
            Written each = records.get(index);
            var wanted = asRead(each.key(), each.value(), each.headers(), each.timestamp());
            check(missing.put(places.get(index), wanted) == null, "one place, two records");
        }
        Map<Integer, Long> ends = new HashMap<>();
        Map<String, Integer> partitionOf = new HashMap<>();
        for (var each : read) {
            long wanted = ends.getOrDefault(each.partition(), 0L);
            check(each.offset() == wanted, "offset " + each.offset() + " instead of " + wanted);
            ends.put(each.partition(), wanted + 1);
            var found = asRead(each);
            var written = missing.remove(new Place(each.partition(), each.offset()));
            check(found.equals(written), "read " + found + ", written " + written);
            if (each.key() == null) continue;
            Integer before = partitionOf.putIfAbsent(shown(each.key()), each.partition());
            check(before == null || before == each.partition(), "a key is in two partitions");
        }
        check(missing.isEmpty(), missing.size() + " records are missing");
    }

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }
}
