package weir.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/** Kafka's own transforms and JSON converter: cases from standard input, a result a line. */
public final class Transforms {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PACKAGE = "org.apache.kafka.connect.transforms.";

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.append(JSON.writeValueAsString(result(JSON.readTree(line)))).append('\n');
        }
        System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private static JsonNode result(JsonNode of) {
        try {
            return of.has("converter") ? converted(of) : transformed(of);
        } catch (Throwable problem) {
            ObjectNode out = JSON.createObjectNode();
            out.put("error", String.valueOf(problem.getMessage()));
            out.put("class", problem.getClass().getSimpleName());
            return out;
        }
    }

    private static Map<String, String> options(JsonNode of) {
        Map<String, String> out = new HashMap<>();
        of.properties().forEach(each -> out.put(each.getKey(), each.getValue().asText()));
        return out;
    }

    private static JsonNode converted(JsonNode of) {
        try (JsonConverter converter = new JsonConverter()) {
            converter.configure(options(of.get("converter")), false);
            ObjectNode out = JSON.createObjectNode();
            if (of.has("bytes")) {
                byte[] bytes = of.get("bytes").asText().getBytes(StandardCharsets.UTF_8);
                out.set("value", Values.write(converter.toConnectData("t", bytes)));
            } else {
                SchemaAndValue value = Values.read(of.get("value"));
                byte[] bytes = converter.fromConnectData("t", value.schema(), value.value());
                out.put("bytes", bytes == null ? null : new String(bytes, StandardCharsets.UTF_8));
            }
            return out;
        }
    }

    private static JsonNode transformed(JsonNode of) throws Exception {
        ConnectRecord<?> record = record(of.get("record"));
        for (JsonNode step : of.get("steps")) {
            if (record == null) break;
            record = applied(step, record);
        }
        ObjectNode out = JSON.createObjectNode();
        out.set("record", record == null ? JSON.nullNode() : write(record));
        return out;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ConnectRecord<?> applied(JsonNode step, ConnectRecord<?> record)
        throws Exception {
        try (Transformation transform = make(PACKAGE + step.get("type").asText())) {
            transform.configure(options(step.get("options")));
            if (step.has("predicate")) {
                Predicate predicate =
                    make(PACKAGE + "predicates." + step.get("predicate").asText());
                predicate.configure(options(step.get("predicate_options")));
                boolean negate = step.path("negate").asBoolean();
                if (predicate.test(record) == negate) return record;
            }
            return (ConnectRecord<?>) transform.apply(record);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T make(String name) throws Exception {
        return (T) Class.forName(name).getDeclaredConstructor().newInstance();
    }

    private static ConnectRecord<?> record(JsonNode of) {
        SchemaAndValue key = Values.read(of.get("key"));
        SchemaAndValue value = Values.read(of.get("value"));
        ConnectHeaders headers = new ConnectHeaders();
        for (JsonNode header : of.get("headers")) {
            headers.add(header.get(0).asText(), Values.read(header.get(1)));
        }
        String topic = of.get("topic").asText();
        Long timestamp = of.hasNonNull("timestamp") ? of.get("timestamp").asLong() : null;
        if (of.hasNonNull("offset")) {
            return new SinkRecord(topic, of.get("partition").asInt(), key.schema(), key.value(),
                value.schema(), value.value(), of.get("offset").asLong(), timestamp,
                TimestampType.CREATE_TIME, headers);
        }
        Integer partition = of.hasNonNull("partition") ? of.get("partition").asInt() : null;
        return new SourceRecord(Map.of(), Map.of(), topic, partition, key.schema(), key.value(),
            value.schema(), value.value(), timestamp, headers);
    }

    private static ObjectNode write(ConnectRecord<?> of) {
        ObjectNode out = JSON.createObjectNode();
        out.put("topic", of.topic());
        out.put("partition", of.kafkaPartition());
        out.put("timestamp", of.timestamp());
        out.set("key", Values.write(new SchemaAndValue(of.keySchema(), of.key())));
        out.set("value", Values.write(new SchemaAndValue(of.valueSchema(), of.value())));
        ArrayNode headers = out.putArray("headers");
        for (Header header : of.headers()) {
            headers.addArray().add(header.key())
                .add(Values.write(new SchemaAndValue(header.schema(), header.value())));
        }
        return out;
    }
}
