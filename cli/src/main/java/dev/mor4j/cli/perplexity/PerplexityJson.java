package dev.mor4j.cli.perplexity;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.mor4j.perplexity.DepthHistogram;
import dev.mor4j.perplexity.Divergence;
import dev.mor4j.perplexity.PerplexityReport;
import dev.mor4j.perplexity.ScoredText;
import java.io.IOException;
import java.io.PrintWriter;

/** Writes the results of a run as a JSON object. Statistics that need more tokens are null. */
final class PerplexityJson {
  private final JsonGenerator json;

  private PerplexityJson(JsonGenerator json) {
    this.json = json;
  }

  static void write(PerplexityReport report, ScoredText text, PrintWriter out) throws IOException {
    try (JsonGenerator json =
        JsonFactory.builder().build().createGenerator(out).useDefaultPrettyPrinter()) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      new PerplexityJson(json).write(report, text);
    }
    out.println();
  }

  private void write(PerplexityReport report, ScoredText text) throws IOException {
    json.writeStartObject();
    number("perplexity", report.score().perplexity());
    number("perplexity_error", report.score().perplexityError());
    number("cross_entropy", report.score().crossEntropy());
    json.writeNumberField("tokens_scored", report.score().tokenCount());
    json.writeNumberField("windows", text.windowCount());
    json.writeNumberField("window_size", text.windowSize());
    number("tokens_per_second", report.tokensPerSecond());
    depths(report.depths());
    if (report.divergence().isPresent()) {
      json.writeObjectFieldStart("divergence");
      write(report.divergence().get());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private void write(Divergence divergence) throws IOException {
    number("reference_perplexity", divergence.reference().perplexity());
    number("perplexity_ratio", divergence.perplexityRatio());
    number("perplexity_ratio_error", divergence.perplexityRatioError());
    number("kl_mean", divergence.mean());
    number("kl_mean_error", divergence.meanError());
    number("kl_median", divergence.quantile(0.5));
    number("kl_90", divergence.quantile(0.9));
    number("kl_99", divergence.quantile(0.99));
    number("kl_max", divergence.quantile(1));
    number("same_top_token", divergence.topAgreement());
    number("rms_probability_change", divergence.rmsChange());
    number("routing_flip_rate", divergence.flipRate());
    json.writeNumberField("token_steps", divergence.tokenSteps());
    json.writeObjectFieldStart("reference_depths");
    depths(divergence.referenceDepths());
    json.writeEndObject();
  }

  private void depths(DepthHistogram depths) throws IOException {
    number("mean_depth", depths.mean());
    json.writeArrayFieldStart("depth_counts");
    for (long count : depths.counts()) {
      json.writeNumber(count);
    }
    json.writeEndArray();
  }

  private void number(String name, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumberField(name, value);
    } else {
      json.writeNullField(name);
    }
  }
}
