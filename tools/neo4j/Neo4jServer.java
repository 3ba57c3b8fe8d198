// A Neo4j server of one process, which lives exactly as long as the process that started it.
//
// Standard input carries the orders: first `name value` lines (home, user, password; values percent-encoded) up to an
// empty line, then `stop`. The settings are in neo4j.conf in the home folder. When standard input ends, the parent is gone: the server halts at once and removes its folder.
// Standard output carries one line, `ready`, once queries are answered and the password is set.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

public class Neo4jServer {
    public static void main(String[] arguments) throws Exception {
        var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var given = new HashMap<String, String>();
        for (var line = orders.readLine(); line != null && !line.isEmpty(); line = orders.readLine()) {
            var space = line.indexOf(' ');
            given.put(line.substring(0, space), URLDecoder.decode(line.substring(space + 1), StandardCharsets.UTF_8));
        }
        var home = Path.of(given.get("home"));

        // Bolt listens before the password is set, so the parent is watched from here on, not from "ready" on.
        var server = new CompletableFuture<DatabaseManagementService>();
        var watcher = new Thread(() -> watch(orders, home, server), "parent-watch");
        watcher.setDaemon(true);
        watcher.start();

        try {
            var service = new DatabaseManagementServiceBuilder(home)
                    .loadPropertiesFromFile(home.resolve("neo4j.conf"))
                    .build();
            server.complete(service);
            service.database("neo4j").executeTransactionally("RETURN 1");
            if (given.containsKey("password")) setPassword(service, home, given.get("user"), given.get("password"));
        } catch (Throwable failure) {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
        System.out.println("ready");
        System.out.flush();
        new CountDownLatch(1).await();
    }

    /** Runs once per data folder: a restart keeps the user, as a real server does. */
    private static void setPassword(DatabaseManagementService service, Path home, String user, String password)
            throws IOException {
        var done = home.resolve("password-is-set");
        if (Files.exists(done)) return;
        var system = service.database("system");
        system.executeTransactionally(
                "CREATE OR REPLACE USER $user SET PASSWORD $password CHANGE NOT REQUIRED",
                Map.of("user", user, "password", password));
        if (!user.equals("neo4j")) system.executeTransactionally("DROP USER neo4j IF EXISTS");
        Files.createFile(done);
    }

    private static void watch(
            BufferedReader orders, Path home, CompletableFuture<DatabaseManagementService> server) {
        try {
            for (var line = orders.readLine(); line != null; line = orders.readLine()) {
                if (!line.equals("stop")) continue;
                server.join().shutdown();
                Runtime.getRuntime().halt(0);
            }
        } catch (IOException lost) {
            System.err.println("standard input broke: " + lost.getMessage());
        }
        remove(home);
        Runtime.getRuntime().halt(1);
    }

    private static void remove(Path folder) {
        try (var paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException changed) {
            // The server still writes to the folder while it is removed; what is left over is in the temporary folder.
            System.err.println("could not remove all of " + folder + ": " + changed.getMessage());
        }
    }
}
