package dev.mor4j.cli.terminal;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * Where log messages of the library and of the JDK go in the command line: warnings and errors to
 * standard error, and with the system property {@code mor4j.debug=true} also the library's debug
 * messages. The JDK finds it as a service. It replaces {@code java.util.logging}, whose
 * configuration takes tens of milliseconds of every start.
 */
public final class CommandLoggerFinder extends System.LoggerFinder {
  private static final String LIBRARY = "dev.mor4j.";

  private final PrintStream out;
  private final boolean showsDebug;

  /** Called by the JDK. */
  public CommandLoggerFinder() {
    this(System.err, Boolean.getBoolean("mor4j.debug"));
  }

  CommandLoggerFinder(PrintStream out, boolean showsDebug) {
    this.out = out;
    this.showsDebug = showsDebug;
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new CommandLogger(name, showsDebug && name.startsWith(LIBRARY), out);
  }

  private record CommandLogger(String name, boolean showsDebug, PrintStream out)
      implements System.Logger {

    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      Level lowest = showsDebug ? Level.DEBUG : Level.WARNING;
      return level != Level.OFF && level.getSeverity() >= lowest.getSeverity();
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        print(level, thrown == null ? text(message) : text(message) + ": " + thrown);
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... values) {
      if (isLoggable(level)) {
        boolean isPlain = format == null || values == null || values.length == 0;
        print(
            level, isPlain ? text(format) : new MessageFormat(format, Locale.ROOT).format(values));
      }
    }

    private static String text(@Nullable String message) {
      return message == null ? "" : message;
    }

    private void print(Level level, String text) {
      out.println(name + ": " + level.getName().toLowerCase(Locale.ROOT) + ": " + text);
    }
  }
}
