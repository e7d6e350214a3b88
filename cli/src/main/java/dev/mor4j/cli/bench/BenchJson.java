package dev.mor4j.cli.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.mor4j.engine.PhaseTimes;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Prints rows as a JSON array of objects with llama-bench's fields, as far as mor knows their
 * values, and fields of its own. Values that the system does not report are null.
 */
public final class BenchJson implements BenchOutput {
  private final BenchMachine machine;
  private final BenchModel model;
  private final PrintWriter out;
  private final JsonGenerator json;

  /** Prints to {@code out}, which stays open. */
  public BenchJson(BenchMachine machine, BenchModel model, PrintWriter out) throws IOException {
    this.machine = machine;
    this.model = model;
    this.out = out;
    json = JsonFactory.builder().build().createGenerator(out).useDefaultPrettyPrinter();
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  }

  @Override
  public void begin() throws IOException {
    json.writeStartArray();
  }

  @Override
  public void row(BenchRow row) throws IOException {
    json.writeStartObject();
    json.writeStringField("build_version", machine.version());
    json.writeStringField("ggml_version", machine.ggmlVersion());
    json.writeStringField("cpu_info", machine.cpu());
    json.writeStringField("gpu_info", model.gpu());
    json.writeStringField("backends", model.backends());
    json.writeStringField("model_filename", model.file().toString());
    json.writeStringField("model_type", model.type());
    json.writeNumberField("model_size", model.weightBytes());
    json.writeNumberField("model_n_params", model.parameterCount());
    setup(row.setup());
    test(row.test());
    figures(row);
    depths(row);
    load(row);
    phases(row.phases(), row.samples().size());
    json.writeNumberField("garbage_bytes_per_token", row.garbagePerToken());
    json.writeEndObject();
  }

  private void setup(EngineSetup setup) throws IOException {
    json.writeNumberField("n_batch", setup.batchSize());
    json.writeNumberField("n_ubatch", setup.batchSize());
    json.writeNumberField("n_threads", setup.threads());
    json.writeStringField("type_k", lowerCase(setup.keyType()));
    json.writeStringField("type_v", lowerCase(setup.valueType()));
    json.writeNumberField("n_parallel", setup.parallel());
    json.writeStringField("batching", setup.isLockstep() ? "lockstep" : "depth_wise");
  }

  private void test(BenchTest test) throws IOException {
    json.writeNumberField("n_prompt", test.promptTokens());
    json.writeNumberField("n_gen", test.generatedTokens());
    json.writeNumberField("n_depth", test.depthTokens());
    json.writeStringField("routing", test.routing().toString());
    json.writeNumberField("n_recursions", model.recursions());
  }

  private void figures(BenchRow row) throws IOException {
    json.writeStringField("test_time", row.begin().truncatedTo(ChronoUnit.SECONDS).toString());
    json.writeNumberField("avg_ns", Math.round(row.nanos().mean()));
    json.writeNumberField("stddev_ns", Math.round(row.nanos().deviation()));
    json.writeNumberField("avg_ts", row.tokensPerSecond().mean());
    json.writeNumberField("stddev_ts", row.tokensPerSecond().deviation());
    json.writeArrayFieldStart("samples_ns");
    for (BenchSample sample : row.samples()) {
      json.writeNumber(sample.nanos());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("samples_ts");
    for (BenchSample sample : row.samples()) {
      json.writeNumber(sample.tokensPerSecond());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("samples_tokens");
    for (BenchSample sample : row.samples()) {
      json.writeNumber(sample.tokens());
    }
    json.writeEndArray();
  }

  private void depths(BenchRow row) throws IOException {
    json.writeNumberField("mean_depth", row.meanDepth());
    json.writeArrayFieldStart("rows_by_step");
    for (int step = 0; step < row.stepCount(); step++) {
      json.writeNumber(row.rows(step));
    }
    json.writeEndArray();
    json.writeNumberField("batch_rows_mean", row.meanBatchRows());
  }

  private void load(BenchRow row) throws IOException {
    MachineLoad load = row.load();
    known("load_before", load.before() < 0 ? Double.NaN : load.before());
    known("load_after", load.after() < 0 ? Double.NaN : load.after());
    known("others_cpu_share", load.othersShare());
    json.writeNumberField("processors", load.processors());
    json.writeBooleanField("noisy", row.isNoisy());
  }

  private void known(String name, double value) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value);
    }
  }

  /** Mean nanoseconds of a repetition. */
  private void phases(PhaseTimes phases, int repetitions) throws IOException {
    json.writeObjectFieldStart("phases_ns");
    json.writeNumberField("graph_build", phases.graphBuild() / repetitions);
    json.writeNumberField("input_fill", phases.inputFill() / repetitions);
    json.writeNumberField("prelude", phases.prelude() / repetitions);
    json.writeNumberField("passes", phases.passes() / repetitions);
    json.writeNumberField("coda", phases.coda() / repetitions);
    json.writeNumberField("read_back", phases.readBack() / repetitions);
    json.writeNumberField("sampling", phases.sampling() / repetitions);
    json.writeNumberField("scheduling", phases.scheduling() / repetitions);
    json.writeEndObject();
    json.writeNumberField("share_outside_ggml", phases.shareOutsideCompute());
  }

  @Override
  public void end() throws IOException {
    json.writeEndArray();
    json.close();
    out.println();
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
