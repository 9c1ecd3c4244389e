import org.apache.kafka.common.errors.RefreshRetriableException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** Prints each of Kafka's error codes, with its name, and whether Kafka's own clients try again, and after what. */
public class Codes {
    public static void main(String[] args) {
        for (Errors e : Errors.values()) {
            String retried = e.exception() instanceof RefreshRetriableException ? "refresh"
                : e.exception() instanceof RetriableException ? "retry" : "-";
            System.out.println(e.code() + " " + e.name() + " " + retried);
        }
    }
}
