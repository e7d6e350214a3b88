package dev.mor4j.quantize.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and checks the header of a safetensors file: 8 bytes of length, then JSON, then data. */
final class SafetensorsHeader {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The limit that the format's own library sets. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private record Span(String name, long begin, long end) {}

  private final Path file;
  private final MemorySegment data;
  private final Map<String, CheckpointTensor> tensors = new LinkedHashMap<>();
  private final List<Span> spans = new ArrayList<>();

  private SafetensorsHeader(Path file, MemorySegment data) {
    this.file = file;
    this.data = data;
  }

  static SafetensorsHeader read(Path file, MemorySegment bytes) throws IOException {
    if (bytes.byteSize() < Long.BYTES) {
      throw new CheckpointException(
          file,
          "not a safetensors file: expected 8 bytes of header length, found " + bytes.byteSize());
    }
    long length = bytes.get(LENGTH, 0);
    long rest = bytes.byteSize() - Long.BYTES;
    if (length < 2 || length > Math.min(MAX_HEADER_BYTES, rest)) {
      throw new CheckpointException(
          file,
          "header length: expected 2 up to %s bytes, found %s; the file is cut off or not safetensors"
              .formatted(Math.min(MAX_HEADER_BYTES, rest), Long.toUnsignedString(length)));
    }
    SafetensorsHeader header =
        new SafetensorsHeader(file, bytes.asSlice(Long.BYTES + length, rest - length));
    JsonNode root = parse(file, bytes.asSlice(Long.BYTES, length));
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        header.add(entry.getKey(), entry.getValue());
      }
    }
    header.checkSpans();
    return header;
  }

  private static JsonNode parse(Path file, MemorySegment json) throws IOException {
    try {
      JsonNode root = JSON.readTree(new ByteBufferBackedInputStream(json.asByteBuffer()));
      if (root != null && root.isObject()) {
        return root;
      }
    } catch (JacksonException malformed) {
      throw new CheckpointException(
          file, "header is not valid JSON: " + malformed.getOriginalMessage(), malformed);
    }
    throw new CheckpointException(file, "header: expected a JSON object");
  }

  private void add(String name, JsonNode entry) throws IOException {
    String typeName = entry.path("dtype").asText("");
    ElementType type =
        ElementType.ofSafetensors(typeName)
            .orElseThrow(() -> fault(name, "dtype: expected one of F32, F16, BF16 ...", typeName));
    TensorExtent extent;
    try {
      extent = TensorExtent.contiguous(naturals(name, entry, "shape"));
    } catch (IllegalArgumentException badShape) {
      throw new CheckpointException(
          file, "tensor " + name + ": " + badShape.getMessage(), badShape);
    }
    List<Long> offsets = naturals(name, entry, "data_offsets");
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw fault(name, "data_offsets: expected [begin, end]", offsets);
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (end > data.byteSize()) {
      throw new CheckpointException(
          file,
          "tensor %s: data ends at %s, the file holds %s bytes of data; it is cut off"
              .formatted(name, end, data.byteSize()));
    }
    long expected = extent.valueCount() * type.bytes();
    if (end - begin != expected) {
      throw fault(
          name,
          "data_offsets: expected %s bytes for %s %s".formatted(expected, typeName, extent.shape()),
          end - begin);
    }
    spans.add(new Span(name, begin, end));
    tensors.put(
        name, new CheckpointTensor(file, name, type, extent, data.asSlice(begin, end - begin)));
  }

  private List<Long> naturals(String tensor, JsonNode entry, String key) throws IOException {
    List<Long> values = new ArrayList<>();
    JsonNode array = entry.path(key);
    if (!array.isArray()) {
      throw fault(tensor, key + ": expected a list", array.getNodeType());
    }
    for (JsonNode value : array) {
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 0) {
        throw fault(tensor, key + ": expected whole numbers of 0 and more", value);
      }
      values.add(value.asLong());
    }
    return values;
  }

  private void checkSpans() throws IOException {
    spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
    long end = 0;
    String previous = "the header";
    for (Span span : spans) {
      if (span.begin() != end) {
        throw new CheckpointException(
            file,
            "tensor %s: data begins at %s, expected %s where %s ends: tensors overlap or leave a gap"
                .formatted(span.name(), span.begin(), end, previous));
      }
      end = span.end();
      previous = span.name();
    }
    if (end != data.byteSize()) {
      throw new CheckpointException(
          file, "expected %s bytes of data, found %s".formatted(end, data.byteSize()));
    }
  }

  private CheckpointException fault(String tensor, String expectation, Object found) {
    return new CheckpointException(
        file, "tensor %s: %s, found %s".formatted(tensor, expectation, found));
  }

  /** The tensors in the order of the header. */
  Map<String, CheckpointTensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }
}
