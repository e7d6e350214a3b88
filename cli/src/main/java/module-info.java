/** The mor command. */
@org.jspecify.annotations.NullMarked
module dev.mor4j.cli {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires dev.mor4j.quantize;
  requires dev.mor4j.runtime;
  requires info.picocli;
  requires jdk.management;
  requires jdk.unsupported; // sun.misc.Signal
  requires static transitive org.jspecify;
  requires me.tongfei.progressbar;

  opens dev.mor4j.cli to
      info.picocli;
  opens dev.mor4j.cli.batch to
      info.picocli;
  opens dev.mor4j.cli.bench to
      info.picocli;
  opens dev.mor4j.cli.command to
      info.picocli;
  opens dev.mor4j.cli.convert to
      info.picocli;
  opens dev.mor4j.cli.devices to
      info.picocli;
  opens dev.mor4j.cli.embed to
      info.picocli;
  opens dev.mor4j.cli.inspect to
      info.picocli;
  opens dev.mor4j.cli.options to
      info.picocli;
  opens dev.mor4j.cli.perplexity to
      info.picocli;
  opens dev.mor4j.cli.quantize to
      info.picocli;
  opens dev.mor4j.cli.run to
      info.picocli;

  provides java.lang.System.LoggerFinder with
      dev.mor4j.cli.terminal.CommandLoggerFinder;
}
