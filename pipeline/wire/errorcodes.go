package wire

import "fmt"

// A codeInfo says what an error code means for voile and what is done about it.
type codeInfo struct {
	name   string
	class  Class
	reason string
}

// reasonForeign is the reason of codes that answer requests which voile does not send (topic and ACL administration,
// share and streams groups, the controllers' own protocol). They stop, because nothing sound can follow.
const reasonForeign = "belongs to a request that voile does not send: report it as a bug"

// lookup gives the entry of a code; one that is newer than the table stops, too.
func lookup(c int16) codeInfo {
	if i := int(c) + 1; i >= 0 && i < len(codes) {
		return codes[i]
	}
	return codeInfo{fmt.Sprintf("UNKNOWN_CODE_%d", c), ClassStop, "an error code that is newer than this voile: update it"}
}

// codes is the one table of Kafka's error codes, of Kafka 4.1, by code + 1. It is read only.
//
// A code has one class, whatever request it answers. Where that is not the whole truth, the request's own file says so:
// UNKNOWN_TOPIC_OR_PARTITION and UNKNOWN_SERVER_ERROR stop after a while (retry.go), DUPLICATE_SEQUENCE_NUMBER is success
// (producer.go), what ends an idempotent producer's sequence aborts a transaction (transactor.go).
var codes = [...]codeInfo{
	{"UNKNOWN_SERVER_ERROR", ClassRetry, "the broker failed at this very request: its log says why"}, // -1
	{"NONE", 0, "no error"},
	{"OFFSET_OUT_OF_RANGE", ClassOutOfRange, "the offset is not in the partition: retention overtook the reader, or the log was truncated or made anew"},                                                      // 1
	{"CORRUPT_MESSAGE", ClassRetry, "the broker found the batch damaged: it was damaged on its way, because we check each one before we send it"},                                                             // 2
	{"UNKNOWN_TOPIC_OR_PARTITION", ClassRefresh, "the topic or partition does not exist: create it, or correct its name; waited for, because a broker that has just started says the same"},                   // 3
	{"INVALID_FETCH_SIZE", ClassStop, "the broker refuses the size of a fetch: report it as a bug"},                                                                                                           // 4
	{"LEADER_NOT_AVAILABLE", ClassRefresh, "the partition has no leader at the moment: an election is under way, or all its replicas are down"},                                                               // 5
	{"NOT_LEADER_OR_FOLLOWER", ClassRefresh, "the partition is led by another broker now"},                                                                                                                    // 6
	{"REQUEST_TIMED_OUT", ClassRetry, "the replicas did not acknowledge in time; the batch may have been written, and its sequence keeps it from being written twice"},                                        // 7
	{"BROKER_NOT_AVAILABLE", ClassRefresh, "the broker is not known, or not up"},                                                                                                                              // 8
	{"REPLICA_NOT_AVAILABLE", ClassRefresh, "the replica is not available yet"},                                                                                                                               // 9
	{"MESSAGE_TOO_LARGE", ClassTooLarge, "the batch is larger than the topic's max.message.bytes: raise it, or lower what is joined into one batch"},                                                          // 10
	{"STALE_CONTROLLER_EPOCH", ClassRetry, "the controller moved"},                                                                                                                                            // 11
	{"OFFSET_METADATA_TOO_LARGE", ClassStop, "the metadata of a committed offset is too large: report it as a bug"},                                                                                           // 12
	{"NETWORK_EXCEPTION", ClassRetry, "the broker lost a connection of its own"},                                                                                                                              // 13
	{"COORDINATOR_LOAD_IN_PROGRESS", ClassRetry, "the coordinator is loading its state; normal for seconds after a broker has started"},                                                                       // 14
	{"COORDINATOR_NOT_AVAILABLE", ClassCoordinator, "there is no coordinator yet; normal on a cluster that has just started"},                                                                                 // 15
	{"NOT_COORDINATOR", ClassCoordinator, "another broker is the coordinator now"},                                                                                                                            // 16
	{"INVALID_TOPIC_EXCEPTION", ClassStop, "the topic's name is not allowed, or it is an internal topic"},                                                                                                     // 17
	{"RECORD_LIST_TOO_LARGE", ClassTooLarge, "the batch is larger than the topic's segment.bytes: raise it, or lower what is joined into one batch"},                                                          // 18
	{"NOT_ENOUGH_REPLICAS", ClassRetry, "fewer replicas are in sync than min.insync.replicas: brokers are down; nothing was written"},                                                                         // 19
	{"NOT_ENOUGH_REPLICAS_AFTER_APPEND", ClassRetry, "the batch was written, but to fewer replicas than min.insync.replicas: brokers are down; its sequence keeps it from being written twice"},               // 20
	{"INVALID_REQUIRED_ACKS", ClassStop, "the broker refuses acks=all: report it as a bug"},                                                                                                                   // 21
	{"ILLEGAL_GENERATION", ClassGiveUp, "the group has moved on to another generation: its members own the partitions"},                                                                                       // 22
	{"INCONSISTENT_GROUP_PROTOCOL", ClassStop, "the group's members speak different protocols: the group name is used by another program, choose another one"},                                                // 23
	{"INVALID_GROUP_ID", ClassStop, "the broker refuses the group's name: choose another one"},                                                                                                                // 24
	{"UNKNOWN_MEMBER_ID", ClassGiveUp, "the coordinator has removed this member from the group, after its session timed out or a coordinator was lost"},                                                       // 25
	{"INVALID_SESSION_TIMEOUT", ClassStop, "the session timeout is outside the broker's group.min.session.timeout.ms and group.max.session.timeout.ms"},                                                       // 26
	{"REBALANCE_IN_PROGRESS", ClassGiveUp, "the group is rebalancing: its next generation will own the partitions"},                                                                                           // 27
	{"INVALID_COMMIT_OFFSET_SIZE", ClassStop, "the commit is larger than the broker allows: report it as a bug"},                                                                                              // 28
	{"TOPIC_AUTHORIZATION_FAILED", ClassStop, "not authorized for the topic: allow this principal to DESCRIBE and READ sources, and to DESCRIBE and WRITE sinks and the quarantine topic"},                    // 29
	{"GROUP_AUTHORIZATION_FAILED", ClassStop, "not authorized for the group: allow this principal to READ it"},                                                                                                // 30
	{"CLUSTER_AUTHORIZATION_FAILED", ClassStop, "not authorized on the cluster: before Kafka 2.8 an idempotent producer needs IDEMPOTENT_WRITE on the cluster"},                                               // 31
	{"INVALID_TIMESTAMP", ClassRefused, "a record's timestamp is outside the topic's message.timestamp limits"},                                                                                               // 32
	{"UNSUPPORTED_SASL_MECHANISM", ClassStop, "the listener does not offer this SASL mechanism: set sasl.mechanism to one that it has"},                                                                       // 33
	{"ILLEGAL_SASL_STATE", ClassStop, "the listener wants no SASL at this point: check sasl and the port"},                                                                                                    // 34
	{"UNSUPPORTED_VERSION", ClassStop, "the broker does not know this version of a request: voile needs Apache Kafka 2.5 or later"},                                                                           // 35
	{"TOPIC_ALREADY_EXISTS", ClassStop, reasonForeign},                                                                                                                                                        // 36
	{"INVALID_PARTITIONS", ClassStop, reasonForeign},                                                                                                                                                          // 37
	{"INVALID_REPLICATION_FACTOR", ClassStop, reasonForeign},                                                                                                                                                  // 38
	{"INVALID_REPLICA_ASSIGNMENT", ClassStop, reasonForeign},                                                                                                                                                  // 39
	{"INVALID_CONFIG", ClassStop, reasonForeign},                                                                                                                                                              // 40
	{"NOT_CONTROLLER", ClassStop, reasonForeign},                                                                                                                                                              // 41
	{"INVALID_REQUEST", ClassStop, "the broker calls the request malformed: report it as a bug"},                                                                                                              // 42
	{"UNSUPPORTED_FOR_MESSAGE_FORMAT", ClassStop, "the topic's message format is too old: it has to be version 2 (Kafka 0.11)"},                                                                               // 43
	{"POLICY_VIOLATION", ClassStop, "a policy of the cluster refuses the request"},                                                                                                                            // 44
	{"OUT_OF_ORDER_SEQUENCE_NUMBER", ClassSequence, "the broker misses what this producer wrote before, although it was acknowledged: the leader lost the end of its log (an unclean election, a lost disk)"}, // 45
	{"DUPLICATE_SEQUENCE_NUMBER", ClassRetry, "the batch was written already"},                                                                                                                                // 46
	{"INVALID_PRODUCER_EPOCH", ClassGiveUp, "a newer producer took over, or the transaction timed out: this one is fenced"},                                                                                   // 47
	{"INVALID_TXN_STATE", ClassAbort, "the transaction is not in a state that allows this: the brokers have ended it, or a partition is not part of it"},                                                      // 48
	{"INVALID_PRODUCER_ID_MAPPING", ClassAbort, "the coordinator has forgotten the transactional id, which was not used for transactional.id.expiration.ms"},                                                  // 49
	{"INVALID_TRANSACTION_TIMEOUT", ClassStop, "limits.transaction_timeout is longer than the brokers' transaction.max.timeout.ms: lower the one or raise the other"},                                         // 50
	{"CONCURRENT_TRANSACTIONS", ClassRetry, "the last transaction is still being ended; clears within milliseconds"},                                                                                          // 51
	{"TRANSACTION_COORDINATOR_FENCED", ClassCoordinator, "the transaction coordinator moved"},                                                                                                                 // 52
	{"TRANSACTIONAL_ID_AUTHORIZATION_FAILED", ClassStop, "not authorized for the transactional id: allow this principal to DESCRIBE and WRITE it"},                                                            // 53
	{"SECURITY_DISABLED", ClassStop, "the cluster has no authorizer"},                                                                                                                                         // 54
	{"OPERATION_NOT_ATTEMPTED", ClassRetry, "not attempted, because another part of the request failed, whose error counts"},                                                                                  // 55
	{"KAFKA_STORAGE_ERROR", ClassRefresh, "the broker cannot use its disk: see its log; another broker may take over the partition"},                                                                          // 56
	{"LOG_DIR_NOT_FOUND", ClassStop, "the broker lacks a log folder: see its log"},                                                                                                                            // 57
	{"SASL_AUTHENTICATION_FAILED", ClassStop, "wrong user or password: check sasl.mechanism, sasl.username and sasl.password"},                                                                                // 58
	{"UNKNOWN_PRODUCER_ID", ClassSequence, "the broker has forgotten the producer, because all that it wrote was deleted by retention"},                                                                       // 59
	{"REASSIGNMENT_IN_PROGRESS", ClassRetry, "the partition is being moved"},                                                                                                                                  // 60
	{"DELEGATION_TOKEN_AUTH_DISABLED", ClassStop, "delegation tokens are switched off on this cluster"},                                                                                                       // 61
	{"DELEGATION_TOKEN_NOT_FOUND", ClassStop, "the delegation token does not exist"},                                                                                                                          // 62
	{"DELEGATION_TOKEN_OWNER_MISMATCH", ClassStop, reasonForeign},                                                                                                                                             // 63
	{"DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", ClassStop, reasonForeign},                                                                                                                                        // 64
	{"DELEGATION_TOKEN_AUTHORIZATION_FAILED", ClassStop, "not authorized for the delegation token"},                                                                                                           // 65
	{"DELEGATION_TOKEN_EXPIRED", ClassStop, "the delegation token has expired: get a new one"},                                                                                                                // 66
	{"INVALID_PRINCIPAL_TYPE", ClassStop, reasonForeign},                                                                                                                                                      // 67
	{"NON_EMPTY_GROUP", ClassStop, reasonForeign},                                                                                                                                                             // 68
	{"GROUP_ID_NOT_FOUND", ClassCoordinator, "the coordinator does not know the group"},                                                                                                                       // 69
	{"FETCH_SESSION_ID_NOT_FOUND", ClassRetry, "the fetch session is gone; we use none"},                                                                                                                      // 70
	{"INVALID_FETCH_SESSION_EPOCH", ClassRetry, "the fetch session is out of step; we use none"},                                                                                                              // 71
	{"LISTENER_NOT_FOUND", ClassRefresh, "the leader has no listener of this name yet"},                                                                                                                       // 72
	{"TOPIC_DELETION_DISABLED", ClassStop, reasonForeign},                                                                                                                                                     // 73
	{"FENCED_LEADER_EPOCH", ClassRefresh, "the leader changed: our knowledge of it is older than the broker's"},                                                                                               // 74
	{"UNKNOWN_LEADER_EPOCH", ClassRefresh, "the leader changed: the broker's knowledge of it is older than ours"},                                                                                             // 75
	{"UNSUPPORTED_COMPRESSION_TYPE", ClassStop, "the broker does not take this compression: choose another one for the sink"},                                                                                 // 76
	{"STALE_BROKER_EPOCH", ClassRetry, "the broker has registered anew"},                                                                                                                                      // 77
	{"OFFSET_NOT_AVAILABLE", ClassRetry, "a new leader does not know the end of its log yet"},                                                                                                                 // 78
	{"MEMBER_ID_REQUIRED", ClassRetry, "the coordinator asks to join with the member id that it gave"},                                                                                                        // 79
	{"PREFERRED_LEADER_NOT_AVAILABLE", ClassStop, reasonForeign},                                                                                                                                              // 80
	{"GROUP_MAX_SIZE_REACHED", ClassStop, "the group is full: raise the broker's group.max.size, or run fewer members"},                                                                                       // 81
	{"FENCED_INSTANCE_ID", ClassGiveUp, "another member has the same static id"},                                                                                                                              // 82
	{"ELIGIBLE_LEADERS_NOT_AVAILABLE", ClassStop, reasonForeign},                                                                                                                                              // 83
	{"ELECTION_NOT_NEEDED", ClassStop, reasonForeign},                                                                                                                                                         // 84
	{"NO_REASSIGNMENT_IN_PROGRESS", ClassStop, reasonForeign},                                                                                                                                                 // 85
	{"GROUP_SUBSCRIBED_TO_TOPIC", ClassStop, reasonForeign},                                                                                                                                                   // 86
	{"INVALID_RECORD", ClassRefused, "the broker refuses a record: most often one without a key on a compacted topic"},                                                                                        // 87
	{"UNSTABLE_OFFSET_COMMIT", ClassRetry, "a transaction that commits offsets has not ended yet"},                                                                                                            // 88
	{"THROTTLING_QUOTA_EXCEEDED", ClassRetry, "a quota is used up"},                                                                                                                                           // 89
	{"PRODUCER_FENCED", ClassGiveUp, "a newer producer with the same transactional id took over, or the transaction timed out: this one is fenced"},                                                           // 90
	{"RESOURCE_NOT_FOUND", ClassStop, reasonForeign},                                                                                                                                                          // 91
	{"DUPLICATE_RESOURCE", ClassStop, reasonForeign},                                                                                                                                                          // 92
	{"UNACCEPTABLE_CREDENTIAL", ClassStop, reasonForeign},                                                                                                                                                     // 93
	{"INCONSISTENT_VOTER_SET", ClassStop, reasonForeign},                                                                                                                                                      // 94
	{"INVALID_UPDATE_VERSION", ClassStop, reasonForeign},                                                                                                                                                      // 95
	{"FEATURE_UPDATE_FAILED", ClassStop, reasonForeign},                                                                                                                                                       // 96
	{"PRINCIPAL_DESERIALIZATION_FAILURE", ClassStop, "the brokers disagree about who we are: see their logs"},                                                                                                 // 97
	{"SNAPSHOT_NOT_FOUND", ClassStop, reasonForeign},                                                                                                                                                          // 98
	{"POSITION_OUT_OF_RANGE", ClassStop, reasonForeign},                                                                                                                                                       // 99
	{"UNKNOWN_TOPIC_ID", ClassRefresh, "the topic was deleted and made anew"},                                                                                                                                 // 100
	{"DUPLICATE_BROKER_REGISTRATION", ClassStop, reasonForeign},                                                                                                                                               // 101
	{"BROKER_ID_NOT_REGISTERED", ClassStop, reasonForeign},                                                                                                                                                    // 102
	{"INCONSISTENT_TOPIC_ID", ClassRefresh, "the topic was deleted and made anew"},                                                                                                                            // 103
	{"INCONSISTENT_CLUSTER_ID", ClassStop, "the addresses in kafka.brokers belong to different clusters"},                                                                                                     // 104
	{"TRANSACTIONAL_ID_NOT_FOUND", ClassAbort, "the coordinator does not know the transactional id: taken anew it does"},                                                                                      // 105
	{"FETCH_SESSION_TOPIC_ID_ERROR", ClassRefresh, "the topic was deleted and made anew"},                                                                                                                     // 106
	{"INELIGIBLE_REPLICA", ClassRetry, "a replica may not lead at the moment"},                                                                                                                                // 107
	{"NEW_LEADER_ELECTED", ClassRefresh, "a new leader was elected"},                                                                                                                                          // 108
	{"OFFSET_MOVED_TO_TIERED_STORAGE", ClassStop, "belongs to a follower's fetch: report it as a bug; nothing is lost, and nothing must be skipped for it"},                                                   // 109
	{"FENCED_MEMBER_EPOCH", ClassGiveUp, "the coordinator has removed this member from the group"},                                                                                                            // 110
	{"UNRELEASED_INSTANCE_ID", ClassStop, reasonForeign},                                                                                                                                                      // 111
	{"UNSUPPORTED_ASSIGNOR", ClassStop, reasonForeign},                                                                                                                                                        // 112
	{"STALE_MEMBER_EPOCH", ClassGiveUp, "the group has moved on to another epoch"},                                                                                                                            // 113
	{"MISMATCHED_ENDPOINT_TYPE", ClassStop, reasonForeign},                                                                                                                                                    // 114
	{"UNSUPPORTED_ENDPOINT_TYPE", ClassStop, reasonForeign},                                                                                                                                                   // 115
	{"UNKNOWN_CONTROLLER_ID", ClassStop, reasonForeign},                                                                                                                                                       // 116
	{"UNKNOWN_SUBSCRIPTION_ID", ClassStop, reasonForeign},                                                                                                                                                     // 117
	{"TELEMETRY_TOO_LARGE", ClassStop, reasonForeign},                                                                                                                                                         // 118
	{"INVALID_REGISTRATION", ClassStop, reasonForeign},                                                                                                                                                        // 119
	{"TRANSACTION_ABORTABLE", ClassAbort, "the broker asks to abort the transaction and to begin a new one"},                                                                                                  // 120
	{"INVALID_RECORD_STATE", ClassStop, reasonForeign},                                                                                                                                                        // 121
	{"SHARE_SESSION_NOT_FOUND", ClassStop, reasonForeign},                                                                                                                                                     // 122
	{"INVALID_SHARE_SESSION_EPOCH", ClassStop, reasonForeign},                                                                                                                                                 // 123
	{"FENCED_STATE_EPOCH", ClassStop, reasonForeign},                                                                                                                                                          // 124
	{"INVALID_VOTER_KEY", ClassStop, reasonForeign},                                                                                                                                                           // 125
	{"DUPLICATE_VOTER", ClassStop, reasonForeign},                                                                                                                                                             // 126
	{"VOTER_NOT_FOUND", ClassStop, reasonForeign},                                                                                                                                                             // 127
	{"INVALID_REGULAR_EXPRESSION", ClassStop, reasonForeign},                                                                                                                                                  // 128
	{"REBOOTSTRAP_REQUIRED", ClassRefresh, "what we know of the cluster is too old"},                                                                                                                          // 129
	{"STREAMS_INVALID_TOPOLOGY", ClassStop, reasonForeign},                                                                                                                                                    // 130
	{"STREAMS_INVALID_TOPOLOGY_EPOCH", ClassStop, reasonForeign},                                                                                                                                              // 131
	{"STREAMS_TOPOLOGY_FENCED", ClassStop, reasonForeign},                                                                                                                                                     // 132
	{"SHARE_SESSION_LIMIT_REACHED", ClassStop, reasonForeign},                                                                                                                                                 // 133
}
