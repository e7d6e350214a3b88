package dev.mor4j.cli.inspect;

import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.engine.ModelSummary;
import dev.mor4j.engine.ModelSummary.Storage;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.Printable;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints a report as text. */
final class InspectText {
  private final FileReport report;
  private final Optional<Integer> contextSize;
  private final PrintWriter out;

  /**
   * Creates a printer.
   *
   * @param contextSize to size the K/V cache for; the model's context if empty
   */
  InspectText(FileReport report, Optional<Integer> contextSize, PrintWriter out) {
    this.report = report;
    this.contextSize = contextSize;
    this.out = out;
  }

  void print() {
    GgufFile file = report.file();
    out.printf(
        "%s: GGUF version %s, %s, %s tensors%n",
        file.path(), file.version(), ByteSize.text(file.sizeBytes()), file.tensors().size());
    printMetadata();
    printTensors();
    report.model().ifPresent(this::printModel);
    report.problem().ifPresent(problem -> out.printf("%nmor cannot run this model: %s%n", problem));
  }

  private void printMetadata() {
    int width = width(report.file().metadata().keys().stream());
    out.printf("%nMetadata%n");
    for (String key : report.file().metadata().keys()) {
      GgufValue value = report.file().metadata().find(key).orElseThrow();
      out.printf("  %s  %s%n", padded(Printable.oneLine(key), width), value.preview());
    }
  }

  private void printTensors() {
    int width = width(report.file().tensors().stream().map(GgufTensorInfo::name));
    out.printf("%nTensors%n");
    for (GgufTensorInfo tensor : report.file().tensors()) {
      out.printf(
          Locale.ROOT,
          "  %s  %-6s %-16s %12d bytes%n",
          padded(Printable.oneLine(tensor.name()), width),
          words(tensor.type()),
          tensor.shape(),
          tensor.byteSize());
    }
    Map<TensorType, Long> bytes = new EnumMap<>(TensorType.class);
    for (GgufTensorInfo tensor : report.file().tensors()) {
      bytes.merge(tensor.type(), tensor.byteSize(), Long::sum);
    }
    String types =
        bytes.entrySet().stream()
            .map(type -> words(type.getKey()) + " " + ByteSize.text(type.getValue()))
            .collect(Collectors.joining(", "));
    out.printf(
        "%n%s parameters in %s (%s)%n",
        count(report.parameterCount()), ByteSize.text(report.weightBytes()), types);
  }

  private void printModel(ModelSummary model) {
    MorConfig config = model.config();
    RecursionConfig recursion = config.recursion();
    out.printf("%nModel%n");
    row(
        "layers",
        "%s stored, %s applied at full depth"
            .formatted(
                recursion.storedBlockCount(),
                recursion.storedBlockCount() + (recursion.count() - 1) * recursion.blockLength()));
    row(
        "recursion",
        "%s steps of %s layers, %s"
            .formatted(recursion.count(), recursion.blockLength(), words(recursion.sharing())));
    row("routing", words(config.routing().kind()));
    row(
        "parameters",
        "%s unique, %s unrolled"
            .formatted(count(model.parameterCount()), count(model.unrolledParameterCount())));
    for (Storage storage : Storage.values()) {
      String tensors = tensors(model, storage);
      if (!tensors.isEmpty()) {
        row(words(storage), tensors);
      }
    }
    printMemory(model);
  }

  private void printMemory(ModelSummary model) {
    out.printf("%nMemory%n");
    row("weights", ByteSize.text(report.weightBytes()));
    long all = model.kvBytesPerToken().values().stream().mapToLong(Long::longValue).sum();
    int tokens = contextSize.orElse(model.config().contextLength());
    String parts =
        model.kvBytesPerToken().entrySet().stream()
            .map(part -> part.getKey() + " " + ByteSize.text(tokens * part.getValue()))
            .collect(Collectors.joining(", "));
    row(
        "K/V in f16",
        "at most %s for a context of %s tokens%s"
            .formatted(
                ByteSize.text(tokens * all),
                tokens,
                contextSize.isPresent() ? "" : ", the model's own"));
    row("", parts);
  }

  private static String tensors(ModelSummary model, Storage storage) {
    return model.storage().entrySet().stream()
        .filter(tensor -> tensor.getValue() == storage)
        .map(tensor -> tensor.getKey().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static String words(Enum<?> constant) {
    return constant instanceof TensorType
        ? constant.toString().toLowerCase(Locale.ROOT)
        : constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** The width of a column of names, which are escaped. */
  private static int width(Stream<String> names) {
    return names.map(Printable::oneLine).mapToInt(String::length).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private void row(String label, String text) {
    out.printf("  %-12s %s%n", label, text);
  }
}
