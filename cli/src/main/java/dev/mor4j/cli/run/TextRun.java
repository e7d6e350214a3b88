package dev.mor4j.cli.run;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.options.FlagNames;
import dev.mor4j.cli.output.RunTotals;
import dev.mor4j.cli.output.StatisticsBlock;
import dev.mor4j.cli.terminal.InterruptSignal;
import dev.mor4j.cli.terminal.Interruption;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.GenerationStatistics;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Prints text while it is generated: for one prompt, or for each line typed at a terminal. */
final class TextRun {
  private static final String CONTEXT_FLAG = "-c";

  private final Engine engine;
  private final GenerationRequest request;
  private final Display display;
  private final StandardStreams streams;
  private final Interruption interruption;
  private final RunTotals totals = new RunTotals();

  /**
   * How to show the text.
   *
   * @param depthStyle of generated tokens
   * @param deepest the model's number of recursion steps
   * @param showsPrompt whether to print the prompt before the text
   */
  record Display(DepthStyle depthStyle, int deepest, boolean showsPrompt) {}

  /**
   * Creates a run.
   *
   * @param request the settings; its prompt is ignored
   */
  TextRun(
      Engine engine,
      GenerationRequest request,
      Display display,
      StandardStreams streams,
      Interruption interruption) {
    this.engine = engine;
    this.request = request;
    this.display = display;
    this.streams = streams;
    this.interruption = interruption;
  }

  RunTotals totals() {
    return totals;
  }

  /** Continues one prompt. */
  GenerationStatistics write(String prompt) {
    PrintWriter out = streams.out();
    try (TokenStream stream = engine.generate(request.withPrompt(prompt))) {
      interruption.watch(stream::close);
      if (display.showsPrompt()) {
        out.print(prompt);
        out.flush();
      }
      for (Token token : stream) {
        if (!token.text().isEmpty()) {
          out.print(display.depthStyle().show(token.text(), token.depth(), display.deepest()));
          out.flush();
        }
      }
      out.println();
      out.flush();
      totals.add(stream.statistics());
      return stream.statistics();
    }
  }

  /**
   * Continues each line that is typed, until the end of the input. A line that fails is reported
   * and the next one is read; Ctrl-C stops an answer.
   */
  void converse() throws IOException {
    InterruptSignal.handle(interruption::cancelRunning);
    streams
        .err()
        .println(
            """
            Each line that you type is a prompt of its own; the lines before it are not remembered.
            Ctrl-C stops the text, a second one leaves, Ctrl-D leaves. mor run -p TEXT runs one prompt.""");
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8));
    for (String line = ask(lines); line != null; line = ask(lines)) {
      if (line.isBlank()) {
        continue;
      }
      try {
        streams.err().println("[" + StatisticsBlock.summary(write(line)) + "]");
      } catch (IllegalArgumentException | EngineException failure) {
        if (interruption.isSignalled()) {
          throw failure;
        }
        streams
            .err()
            .println("mor: " + FlagNames.addTo(FailureText.line(failure), CONTEXT_FLAG::equals));
      }
    }
  }

  private @Nullable String ask(BufferedReader lines) throws IOException {
    if (interruption.isSignalled()) {
      return null;
    }
    interruption.rest();
    streams.err().print("> ");
    streams.err().flush();
    String line = lines.readLine();
    if (line == null) {
      streams.err().println();
    }
    return line;
  }
}
