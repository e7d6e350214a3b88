package dev.mor4j.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.BooleanSupplier;

/**
 * Handles Ctrl-C without ending the process. The JDK's only way to do so is {@code
 * sun.misc.Signal}, which javac refuses to compile against without a warning; therefore it is
 * called by reflection.
 */
public final class InterruptSignal {
  private static final String SIGNAL_CLASS = "sun.misc.Signal";
  private static final String HANDLER_CLASS = "sun.misc.SignalHandler";

  private InterruptSignal() {}

  /**
   * Sends Ctrl-C to a handler first. Where the platform or the JVM's flags do not allow that,
   * Ctrl-C keeps ending the process.
   *
   * @param handler returns whether it dealt with the signal; if not, the process ends as without it
   */
  public static void handle(BooleanSupplier handler) {
    try {
      Class<?> signalClass = Class.forName(SIGNAL_CLASS);
      Class<?> handlerClass = Class.forName(HANDLER_CLASS);
      Object signal = signalClass.getConstructor(String.class).newInstance("INT");
      Method handle = handlerClass.getMethod("handle", signalClass);
      Object[] previous = new Object[1];
      InvocationHandler calls =
          (proxy, method, arguments) -> {
            if (method.getDeclaringClass() == Object.class) {
              return method.invoke(previous, arguments);
            }
            return handler.getAsBoolean() ? null : handle.invoke(previous[0], signal);
          };
      previous[0] =
          signalClass
              .getMethod("handle", signalClass, handlerClass)
              .invoke(
                  null,
                  signal,
                  Proxy.newProxyInstance(
                      InterruptSignal.class.getClassLoader(),
                      new Class<?>[] {handlerClass},
                      calls));
    } catch (ReflectiveOperationException notAvailable) {
      // Ctrl-C ends the process then, as it does by default.
    }
  }
}
