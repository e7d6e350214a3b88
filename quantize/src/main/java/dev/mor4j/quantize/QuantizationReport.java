package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a quantization did, or would do.
 *
 * @param output the file
 * @param type that was asked for
 * @param tensors all of the file, in its order
 * @param unweighted names of matrices that the importance matrix says nothing of; empty without one
 * @param errors of the tensors that were encoded anew, by name; empty if they were not measured
 */
public record QuantizationReport(
    Path output,
    FileType type,
    List<TensorPlan> tensors,
    List<String> unweighted,
    Map<String, EncodingError> errors) {

  /** Tensors that have the same types and rows. */
  private record Group(TensorType from, TensorType to, long rowValues) {}

  public QuantizationReport {
    tensors = List.copyOf(tensors);
    unweighted = List.copyOf(unweighted);
    errors = Map.copyOf(errors);
  }

  /** Tensors that did not get the type that was meant for them. */
  public List<TensorPlan> fallbacks() {
    return tensors.stream().filter(TensorPlan::isFallback).toList();
  }

  /** Bytes of all tensors in the output, without padding. */
  public long byteSize() {
    return tensors.stream().mapToLong(TensorPlan::byteSize).sum();
  }

  /** Bytes of all tensors in the input, without padding. */
  public long sourceByteSize() {
    return tensors.stream().mapToLong(tensor -> tensor.source().byteSize()).sum();
  }

  /** Bits of all tensors for each of their values, those that stay F32 included. */
  public double bitsPerWeight() {
    long values = tensors.stream().mapToLong(tensor -> tensor.source().shape().valueCount()).sum();
    return values == 0 ? 0 : 8.0 * byteSize() / values;
  }

  /** Of all values that were encoded anew; empty if that was not measured. */
  public Optional<EncodingError> error() {
    return errors.values().stream().reduce(EncodingError::plus);
  }

  /** The report for people: several lines, without a line break at the end. */
  public String text() {
    StringBuilder text = new StringBuilder();
    Map<Group, Integer> changes = new LinkedHashMap<>();
    Map<Group, Integer> fallbacks = new LinkedHashMap<>();
    for (TensorPlan tensor : tensors) {
      changes.merge(new Group(tensor.source().type(), tensor.type(), 0), 1, Integer::sum);
      if (tensor.isFallback()) {
        long rowValues = tensor.source().shape().size0();
        fallbacks.merge(new Group(tensor.wanted(), tensor.type(), rowValues), 1, Integer::sum);
      }
    }
    changes.forEach((group, count) -> line(text, "types", words(group) + ": " + many(count)));
    fallbacks.forEach(
        (group, count) ->
            line(
                text,
                "fallback",
                "%s instead of %s: %s with rows of %d values, no multiple of %d"
                    .formatted(
                        group.to(),
                        group.from(),
                        many(count),
                        group.rowValues(),
                        group.from().blockSize())));
    if (!unweighted.isEmpty()) {
      line(text, "no importances for", String.join(", ", unweighted));
    }
    line(
        text,
        "tensor bytes",
        String.format(
            Locale.ROOT,
            "%,d of %,d: %.2f bits per weight",
            byteSize(),
            sourceByteSize(),
            bitsPerWeight()));
    error()
        .ifPresent(
            error ->
                line(text, "error", percent(error) + " of the encoded weights, root mean square"));
    line(text, "file", "%s, %s".formatted(output, type));
    return text.toString().stripTrailing();
  }

  /** One line for each tensor: name, sizes, types, its error, and what it should have been. */
  public String table() {
    StringBuilder text = new StringBuilder();
    for (TensorPlan tensor : tensors) {
      String line =
          String.format(
              Locale.ROOT,
              "%-36s %-14s %4s to %-6s %,14d bytes%s%s",
              tensor.name(),
              tensor.source().shape(),
              tensor.source().type(),
              tensor.type(),
              tensor.byteSize(),
              error(tensor),
              tensor.isFallback() ? "  instead of " + tensor.wanted() : "");
      text.append(line).append(System.lineSeparator());
    }
    return text.toString().stripTrailing();
  }

  private String error(TensorPlan tensor) {
    EncodingError error = errors.get(tensor.name());
    return error == null ? "" : "  error " + percent(error);
  }

  private static String percent(EncodingError error) {
    return String.format(Locale.ROOT, "%.4f %%", 100 * error.relative());
  }

  private static String words(Group group) {
    return group.from() == group.to() ? group.to() + " kept" : group.from() + " to " + group.to();
  }

  private static String many(int tensors) {
    return tensors == 1 ? "1 tensor" : tensors + " tensors";
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(String.format(Locale.ROOT, "%-19s %s%n", label, value));
  }
}
