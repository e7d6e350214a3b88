package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.output.Quoted;
import dev.mor4j.cli.terminal.OutputClosedException;
import dev.mor4j.cli.terminal.ResultStream;
import dev.mor4j.cli.terminal.StandardStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardStreamsTest {
  /** A disk without room. */
  private static final class FullDisk extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  @Test
  void lostOutputIsAFailureAndToldOnce() {
    StringWriter err = new StringWriter();

    int exitCode = MorCli.execute(streams(new FullDisk(), false, err), "--help");

    assertThat(exitCode).isEqualTo(1);
    assertThat(err).hasToString("mor: standard output: No space left on device\n");
  }

  @Test
  void readerThatHasHadEnoughIsNoFailure() {
    StringWriter err = new StringWriter();

    int exitCode = MorCli.execute(streams(new FullDisk(), true, err), "--help");

    assertThat(exitCode).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void dropsWhatFollowsAFailure() {
    ResultStream results = new ResultStream(new FullDisk(), false);
    results.write('a');
    assertThatThrownBy(results::flush).isInstanceOf(OutputClosedException.class);

    results.write('b');
    results.flush();
  }

  @Test
  void quotesTextOnOneLine() {
    assertThat(Quoted.of("a\n\"b\"\\\t\u0007é")).isEqualTo("\"a\\n\\\"b\\\"\\\\\\t\\u0007é\"");
    assertThat(Quoted.of(new byte[] {'a', (byte) 0xC3})).isEqualTo("\"a\\xc3\"");
  }

  @Test
  void tellsErrorsOfTheMachineInOneLine() {
    assertThat(FailureText.line(new OutOfMemoryError("Java heap space")))
        .isEqualTo(
            "out of memory (Java heap space): raise the limit of the JVM, for example with MOR_JAVA_OPTS=-Xmx4g");
    assertThat(FailureText.line(new StackOverflowError()))
        .isEqualTo("internal failure: java.lang.StackOverflowError");
    assertThat(FailureText.line(new IOException("one\n  two\n"))).isEqualTo("one; two");
  }

  private static StandardStreams streams(OutputStream out, boolean isPipe, StringWriter err) {
    return new StandardStreams(
        new ByteArrayInputStream(new byte[0]),
        new PrintWriter(
            new OutputStreamWriter(new ResultStream(out, isPipe), StandardCharsets.UTF_8)),
        new PrintWriter(err),
        false,
        StandardStreams.Watchers.NONE);
  }
}
