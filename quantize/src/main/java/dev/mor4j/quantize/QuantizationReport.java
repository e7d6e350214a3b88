package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The result of a quantization, or of planning one.
 *
 * @param output the file written
 * @param type the type asked for
 * @param tensors all tensors, in the order of the file
 * @param unweighted names of quantized matrices that the importance matrix has no entry for; empty
 *     without an importance matrix
 * @param ignored names of quantized matrices whose entry was not used, because it is all zero
 * @param errors of the tensors that were encoded, by name; empty if they were not measured
 */
public record QuantizationReport(
    Path output,
    FileType type,
    List<TensorPlan> tensors,
    List<String> unweighted,
    List<String> ignored,
    Map<String, EncodingError> errors) {

  /** What a line of the report sums up: tensors of the same types and rows. */
  private record Group(TensorType from, TensorType to, long rowValues) {}

  public QuantizationReport {
    tensors = List.copyOf(tensors);
    unweighted = List.copyOf(unweighted);
    ignored = List.copyOf(ignored);
    errors = Map.copyOf(errors);
  }

  /** Tensors whose rows do not fill the blocks of the type that the recipe asks for. */
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

  /** Bits per value over all tensors, including those that stay F32. */
  public double bitsPerWeight() {
    long values = tensors.stream().mapToLong(tensor -> tensor.source().shape().valueCount()).sum();
    return values == 0 ? 0 : 8.0 * byteSize() / values;
  }

  /** The error of all values that were encoded; empty if it was not measured. */
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
                "%s instead of %s: %s with rows of %s values, not a multiple of %s"
                    .formatted(
                        group.to(),
                        group.from(),
                        many(count),
                        group.rowValues(),
                        group.from().blockSize())));
    if (!unweighted.isEmpty()) {
      line(text, "no importances for", String.join(", ", unweighted));
    }
    if (!ignored.isEmpty()) {
      line(text, "importances ignored", String.join(", ", ignored) + ": all zero");
    }
    long requantized = tensors.stream().filter(TensorPlan::isRequantized).count();
    if (requantized > 0) {
      line(text, "warning", many(requantized) + " requantized: requantizing loses further quality");
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

  /** One line per tensor: name, sizes, types, bytes, its error, and the type it fell back from. */
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

  private static String many(long tensors) {
    return tensors == 1 ? "1 tensor" : tensors + " tensors";
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append(String.format(Locale.ROOT, "%-19s %s%n", label, value));
  }
}
