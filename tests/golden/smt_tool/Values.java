package weir.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/** Values and schemas in the notation of the cases (README.md), read and written. */
final class Values {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Values() {}

    static SchemaAndValue read(JsonNode of) {
        Schema schema = of.hasNonNull("s") ? schema(of.get("s")) : null;
        return new SchemaAndValue(schema, value(schema, of.get("v")));
    }

    private static Schema schema(JsonNode of) {
        Schema.Type type = Schema.Type.valueOf(of.get("t").asText());
        SchemaBuilder out = switch (type) {
            case ARRAY -> SchemaBuilder.array(schema(of.get("i")));
            case MAP -> SchemaBuilder.map(schema(of.get("k")), schema(of.get("i")));
            default -> new SchemaBuilder(type);
        };
        for (JsonNode field : of.path("fields")) {
            out.field(field.get(0).asText(), schema(field.get(1)));
        }
        if (of.path("opt").asBoolean()) out.optional();
        if (of.has("name")) out.name(of.get("name").asText());
        if (of.has("ver")) out.version(of.get("ver").asInt());
        if (of.has("doc")) out.doc(of.get("doc").asText());
        for (JsonNode each : of.path("params")) {
            out.parameter(each.get(0).asText(), each.get(1).asText());
        }
        if (of.has("default")) {
            Schema without = type == Schema.Type.STRUCT ? out.build() : out;
            out.defaultValue(value(without, of.get("default")));
        }
        return out.build();
    }

    private static Object value(Schema schema, JsonNode of) {
        if (of.isNull()) return null;
        String kind = of.fieldNames().next();
        JsonNode inner = of.get(kind);
        return switch (kind) {
            case "bool" -> inner.asBoolean();
            case "i8" -> (byte) inner.asInt();
            case "i16" -> (short) inner.asInt();
            case "i32" -> inner.asInt();
            case "i64" -> Long.parseLong(inner.asText());
            case "f32" -> Float.parseFloat(inner.asText());
            case "f64" -> Double.parseDouble(inner.asText());
            case "str" -> inner.asText();
            case "bytes" -> HexFormat.of().parseHex(inner.asText());
            case "dec" -> new BigDecimal(new BigInteger(inner.get(0).asText()),
                inner.get(1).asInt());
            case "ms" -> new Date(Long.parseLong(inner.asText()));
            case "arr" -> array(schema, inner);
            case "map" -> map(schema, inner);
            case "struct" -> struct(schema, inner);
            default -> throw new IllegalStateException("no kind of value: " + kind);
        };
    }

    private static List<Object> array(Schema schema, JsonNode of) {
        List<Object> out = new ArrayList<>();
        for (JsonNode each : of) out.add(value(schema == null ? null : schema.valueSchema(), each));
        return out;
    }

    private static Map<Object, Object> map(Schema schema, JsonNode of) {
        Map<Object, Object> out = new HashMap<>();
        for (JsonNode each : of) {
            out.put(value(schema == null ? null : schema.keySchema(), each.get(0)),
                value(schema == null ? null : schema.valueSchema(), each.get(1)));
        }
        return out;
    }

    private static Struct struct(Schema schema, JsonNode of) {
        Struct out = new Struct(schema);
        int index = 0;
        for (Field field : schema.fields()) {
            Object made = value(field.schema(), of.get(index++));
            if (made != null) out.put(field, made);
        }
        return out;
    }

    static ObjectNode write(SchemaAndValue of) {
        ObjectNode out = JSON.createObjectNode();
        if (of != null && of.schema() != null) out.set("s", write(of.schema()));
        out.set("v", write(of == null ? null : of.value()));
        return out;
    }

    private static ObjectNode write(Schema of) {
        ObjectNode out = JSON.createObjectNode();
        out.put("t", of.type().name());
        if (of.isOptional()) out.put("opt", true);
        if (of.name() != null) out.put("name", of.name());
        if (of.version() != null) out.put("ver", of.version());
        if (of.doc() != null) out.put("doc", of.doc());
        if (of.parameters() != null && !of.parameters().isEmpty()) {
            ArrayNode parameters = out.putArray("params");
            of.parameters().forEach((key, value) -> parameters.addArray().add(key).add(value));
        }
        if (of.defaultValue() != null) out.set("default", write(of.defaultValue()));
        if (of.type() == Schema.Type.STRUCT) {
            ArrayNode fields = out.putArray("fields");
            for (Field each : of.fields()) {
                fields.addArray().add(each.name()).add(write(each.schema()));
            }
        }
        if (of.type() == Schema.Type.MAP && of.keySchema() != null) {
            out.set("k", write(of.keySchema()));
        }
        boolean hasItems = of.type() == Schema.Type.MAP || of.type() == Schema.Type.ARRAY;
        if (hasItems && of.valueSchema() != null) out.set("i", write(of.valueSchema()));
        return out;
    }

    private static JsonNode write(Object of) {
        ObjectNode out = JSON.createObjectNode();
        if (of == null) return JSON.nullNode();
        if (of instanceof Boolean made) return out.put("bool", made);
        if (of instanceof Byte made) return out.put("i8", made);
        if (of instanceof Short made) return out.put("i16", made);
        if (of instanceof Integer made) return out.put("i32", made);
        if (of instanceof Long made) return out.put("i64", made.toString());
        if (of instanceof Float made) return out.put("f32", made.toString());
        if (of instanceof Double made) return out.put("f64", made.toString());
        if (of instanceof String made) return out.put("str", made);
        if (of instanceof byte[] made) return out.put("bytes", HexFormat.of().formatHex(made));
        if (of instanceof ByteBuffer made) return write(made.array());
        if (of instanceof Date made) return out.put("ms", Long.toString(made.getTime()));
        if (of instanceof BigDecimal made) {
            out.putArray("dec").add(made.unscaledValue().toString()).add(made.scale());
        } else if (of instanceof List<?> made) {
            ArrayNode items = out.putArray("arr");
            made.forEach(each -> items.add(write(each)));
        } else if (of instanceof Map<?, ?> made) {
            // Java's maps have no order that means something: by the text of the keys.
            Map<String, JsonNode> sorted = new TreeMap<>();
            made.forEach((key, value) -> sorted.put(write(key).toString(),
                JSON.createArrayNode().add(write(key)).add(write(value))));
            ArrayNode pairs = out.putArray("map");
            sorted.values().forEach(pairs::add);
        } else if (of instanceof Struct made) {
            ArrayNode fields = out.putArray("struct");
            for (Field each : made.schema().fields()) {
                fields.add(write(made.getWithoutDefault(each.name())));
            }
        } else {
            throw new IllegalStateException("no notation for " + of.getClass());
        }
        return out;
    }
}
