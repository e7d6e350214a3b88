package dev.mor4j.tests.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts of token ids. */
class TokenPromptTest {
  private static final String PROMPT = "Once upon a time";

  @TempDir private Path folder;

  private record Text(List<Token> tokens, GenerationStatistics statistics) {
    List<Integer> ids() {
      return tokens.stream().map(Token::id).toList();
    }
  }

  private static TinyModel tiny() {
    return TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(4));
  }

  private Model load(TinyModel model) throws IOException {
    return Model.load(model.write(folder.resolve("tiny.gguf")));
  }

  private static Engine engine(Model model) {
    return Engine.builder(model).contextSize(128).threads(1).batchSize(16).build();
  }

  private static GenerationRequest.Builder request() {
    return GenerationRequest.builder().maxTokens(12).temperature(0);
  }

  private static Text read(Engine engine, GenerationRequest request) {
    List<Token> tokens = new ArrayList<>();
    try (TokenStream stream = engine.generate(request)) {
      stream.forEach(tokens::add);
      return new Text(tokens, stream.statistics());
    }
  }

  @Test
  void giveTheSameTextAsTheEncodedPrompt() throws IOException {
    try (Model model = load(tiny().withTokenizer());
        Engine engine = engine(model)) {
      Text text = read(engine, request().prompt(PROMPT).build());
      Text tokens = read(engine, request().promptTokens(model.encode(PROMPT)).build());

      assertThat(tokens.tokens()).isEqualTo(text.tokens());
      assertThat(tokens.statistics().promptTokens()).isEqualTo(PROMPT.length());
    }
  }

  @Test
  void needNoTokenizer() throws IOException {
    int[] prompt;
    List<Integer> expected;
    try (Model model = load(tiny().withTokenizer());
        Engine engine = engine(model)) {
      prompt = model.encode(PROMPT);
      expected = read(engine, request().prompt(PROMPT).build()).ids();
    }
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      Text text = read(engine, request().promptTokens(prompt).build());

      assertThat(text.ids()).isEqualTo(expected);
      assertThat(text.tokens()).allMatch(token -> token.text().isEmpty());
      assertThatThrownBy(() -> engine.generate(request().promptTokens(1).stop("x").build()))
          .hasMessageContaining("has no tokenizer");
    }
  }

  @Test
  void areRefusedIfATokenIdIsOutOfRange() throws IOException {
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      GenerationRequest tooHigh = request().promptTokens(1, 256).build();
      GenerationRequest negative = request().promptTokens(-1).build();

      assertThatThrownBy(() -> engine.generate(tooHigh))
          .hasMessage("prompt: expected token ids 0..255, found 256");
      assertThatThrownBy(() -> engine.generate(negative))
          .hasMessage("prompt: expected token ids 0..255, found -1");
    }
  }

  @Test
  void ignoreTheEndOfTextIfRequested() throws IOException {
    int[] prompt = {1, 2, 3};
    List<Integer> written;
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      written = read(engine, request().promptTokens(prompt).build()).ids();
    }
    TinyModel ending = tiny();
    ending.metadata().put(MetadataKeys.EOS_TOKEN_ID, GgufValue.uint32(written.get(3)));
    try (Model model = load(ending);
        Engine engine = engine(model)) {
      Text ended = read(engine, request().promptTokens(prompt).build());
      Text wentOn = read(engine, request().promptTokens(prompt).ignoreEndOfText().build());

      assertThat(ended.ids()).isEqualTo(written.subList(0, written.indexOf(written.get(3))));
      assertThat(ended.statistics().finishReason()).isEqualTo(FinishReason.END_OF_TEXT);
      assertThat(wentOn.ids()).isEqualTo(written);
    }
  }

  @Test
  void shareAKeptPrefixWithTheSameRoutingOnly() throws IOException {
    RoutingMode drawn = RoutingMode.parse("drawn:1,0.5,0.25");
    int[] prefix = IntStream.range(0, 40).toArray();
    GenerationRequest.Builder longer = request().promptTokens(IntStream.range(0, 60).toArray());
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      Text alone = read(engine, longer.routing(drawn).build());
      try (PromptPrefix kept = engine.keepPrefix(prefix, drawn)) {
        assertThat(kept.tokenCount()).isEqualTo(40);
        read(engine, longer.routing(drawn.withSeed(1)).build());
        assertThat(engine.metrics().sharedTokens()).isZero();

        Text shared = read(engine, longer.routing(drawn).build());

        assertThat(engine.metrics().sharedTokens()).isEqualTo(40);
        assertThat(shared.ids()).isEqualTo(alone.ids());
      }
      assertThatThrownBy(() -> engine.keepPrefix(new int[0], drawn))
          .hasMessage("prefix: expected at least 1 token, found none");
    }
  }

  @Test
  void takeDrawnDepths() throws IOException {
    RoutingMode drawn = RoutingMode.parse("drawn:0.8,0.5,0.2").withSeed(9);
    long[] expected = new long[4];
    IntStream.range(0, 20 + 11).forEach(i -> expected[drawn.draw().depth(i)]++);
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      GenerationRequest request =
          request().promptTokens(IntStream.range(0, 20).toArray()).routing(drawn).build();

      Text text = read(engine, request);

      assertThat(text.statistics().depthCounts())
          .containsExactly(expected[0], expected[1], expected[2], expected[3]);
      assertThat(text.tokens().getFirst().depth()).isEqualTo(drawn.draw().depth(19));
    }
  }

  @Test
  void accountForAllTime() throws IOException {
    try (Model model = load(tiny());
        Engine engine = engine(model)) {
      read(engine, request().promptTokens(1, 2, 3).build());

      EngineMetrics metrics = engine.metrics();

      assertThat(metrics.phases().total()).isEqualTo(metrics.busyTime().toNanos());
      assertThat(metrics.phases().prelude()).isPositive();
      assertThat(metrics.phases().passes()).isPositive();
      assertThat(metrics.phases().coda()).isPositive();
      assertThat(metrics.phases().inputFill()).isPositive();
      assertThat(metrics.phases().readBack()).isPositive();
      assertThat(metrics.phases().sampling()).isPositive();
      assertThat(metrics.phases().shareOutsideCompute()).isBetween(0.0, 1.0);
    }
  }
}
