package dev.mor4j.quantize;

import dev.mor4j.architecture.Architecture;
import dev.mor4j.architecture.Architectures;
import dev.mor4j.files.OutputTarget;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.quantize.WorkProgress.Stage;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.CheckpointTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Converts a checkpoint folder of the official training code to one GGUF file. Works tensor by
 * tensor on mapped files, on all cores; memory use does not depend on the model's size.
 */
public final class CheckpointConverter {
  /** The architecture written, also for plain Llama models: it has their order of rows. */
  private static final Architecture ARCHITECTURE = Architectures.MOR;

  private final ConversionOptions options;
  private final WorkProgress progress;
  private final List<String> notes = new ArrayList<>();

  private CheckpointConverter(ConversionOptions options, WorkProgress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Converts one checkpoint. After a failure, also of the verification, there is no output file, or
   * an existing one is unchanged.
   *
   * @throws CheckpointException if the checkpoint is damaged, contradicts itself or is of a kind
   *     that is not supported, or the output cannot be written
   * @throws QuantizationException if a value is not finite or does not fit the type
   * @throws IOException if reading or writing fails
   */
  public static ConversionReport convert(ConversionOptions options, WorkProgress progress)
      throws IOException {
    return new CheckpointConverter(options, progress).run();
  }

  private ConversionReport run() throws IOException {
    Path folder = options.checkpoint();
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(folder, "expected the folder of a checkpoint");
    }
    OutputTarget target = OutputTarget.of(options.output());
    if (target.isStream() && options.verify()) {
      throw new CheckpointException(
          options.output(), "a pipe or device cannot be read back for verification: name a file");
    }
    LlamaConfig llama = LlamaConfig.read(folder.resolve("config.json"));
    try (CheckpointTensors checkpoint = CheckpointTensors.open(folder)) {
      target.requireNotIn(inputs(checkpoint));
      NameSurvey names = NameSurvey.of(folder, checkpoint.tensors().keySet());
      Optional<MorYaml> yaml = MorYaml.find(folder, options.morConfig());
      MorConfig config = agree(llama, yaml, names);
      NameMapping mapping =
          new NameMapping(
              config,
              names.bareTokenModule(),
              yaml.isPresent() && yaml.get().routerBias(),
              yaml.isPresent() && yaml.get().recursionEncoding());
      List<LogicalTensor> tensors =
          CheckpointLayout.of(folder, ARCHITECTURE.tensors(config), mapping, checkpoint.tensors());
      List<StoredTensor> stored =
          StoragePlan.of(tensors, options.outputType(), stage(Stage.COMPARE, sources(tensors)));
      TokenizerFiles tokenizer = TokenizerFiles.read(folder, llama, notes);
      long outputBytes = write(config, tokenizer, stored);
      return report(config, tensors, stored, checkpoint, tokenizer, outputBytes);
    }
  }

  private MorConfig agree(LlamaConfig llama, Optional<MorYaml> yaml, NameSurvey names)
      throws IOException {
    Path folder = options.checkpoint();
    Path folderName = folder.toRealPath().getFileName();
    String name =
        folderName != null ? folderName.toString() : llama.publishedName().orElse("model");
    ConfigAgreement agreement = new ConfigAgreement(folder, llama, names);
    return yaml.isPresent() ? agreement.with(yaml.get(), name) : agreement.withoutYaml(name);
  }

  /**
   * Every file of the checkpoint, also those that are not read; earlier results may be replaced.
   */
  private List<Path> inputs(CheckpointTensors checkpoint) throws IOException {
    List<Path> inputs = new ArrayList<>(checkpoint.files());
    options.morConfig().ifPresent(inputs::add);
    try (var files = Files.list(options.checkpoint())) {
      files.filter(Files::isRegularFile).filter(file -> !isGguf(file)).forEach(inputs::add);
    }
    return inputs;
  }

  private static boolean isGguf(Path file) {
    return file.toString().endsWith(".gguf");
  }

  private long write(MorConfig config, TokenizerFiles tokenizer, List<StoredTensor> stored)
      throws IOException {
    StageProgress written = stage(Stage.WRITE, stored.stream().map(StoredTensor::source).toList());
    try (GgufWriter writer = GgufWriter.create(options.output());
        TensorEncoder encoder = new TensorEncoder(stored)) {
      ModelMetadata.declare(writer, ARCHITECTURE, config, options.outputType().fileType());
      tokenizer.declare(writer);
      for (StoredTensor tensor : stored) {
        writer.tensor(tensor.name(), tensor.type(), tensor.shape());
      }
      for (StoredTensor tensor : stored) {
        encoder.encode(tensor, tensor.source(), piece -> writer.write(tensor.name(), piece));
        written.finished(tensor.source().byteSize());
      }
      writer.commit(part -> verify(part, stored, encoder));
      return writer.byteCount();
    }
  }

  private void verify(Path written, List<StoredTensor> stored, TensorEncoder encoder)
      throws IOException {
    if (options.verify()) {
      List<CheckpointTensor> sources =
          stored.stream().flatMap(tensor -> tensor.sources().stream()).toList();
      new ConversionVerifier(written, encoder, stage(Stage.VERIFY, sources)).verify(stored);
    }
  }

  private ConversionReport report(
      MorConfig config,
      List<LogicalTensor> tensors,
      List<StoredTensor> stored,
      CheckpointTensors checkpoint,
      TokenizerFiles tokenizer,
      long outputBytes)
      throws IOException {
    long checkpointBytes = 0;
    for (Path file : checkpoint.files()) {
      checkpointBytes += Files.size(file);
    }
    ReportLines lines = new ReportLines(tensors, stored, options.outputType());
    notes.addAll(lines.notes());
    return new ConversionReport(
        options.output(),
        config,
        lines.sharing(),
        lines.head(),
        lines.typeChanges(),
        tokenizer.reportLines(),
        config.kvPolicy() == KvPolicy.SHARED ? lines.laterKvBytes() : 0,
        checkpoint.tensors().size(),
        stored.size(),
        checkpointBytes,
        outputBytes,
        options.verify(),
        notes);
  }

  private StageProgress stage(Stage stage, List<CheckpointTensor> sources) {
    long bytes = sources.stream().mapToLong(CheckpointTensor::byteSize).sum();
    return new StageProgress(progress, stage, bytes, sources.size());
  }

  private static List<CheckpointTensor> sources(List<LogicalTensor> tensors) {
    return tensors.stream().flatMap(tensor -> tensor.sources().stream()).toList();
  }
}
