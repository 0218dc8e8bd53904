using Confluent.Kafka;

namespace Cmdr.Kafka;

/// <summary>What an error of the library or the brokers means to whoever runs the host, and what to do about it.</summary>
internal static class KafkaFault
{
    /// <summary>True for what time may mend: nobody answers, or whoever answers is not ready (<c>Local_NoEnt</c>: no partition has a leader).</summary>
    internal static bool MayPass(Error error) => error.Code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut
        or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_MsgTimedOut or ErrorCode.Local_Resolve or ErrorCode.Local_WaitCoord or ErrorCode.Local_Destroy
        or ErrorCode.Local_UnknownPartition or ErrorCode.Local_UnknownTopic or ErrorCode.Local_QueueFull or ErrorCode.RequestTimedOut
        or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.UnknownTopicOrPart or ErrorCode.BrokerNotAvailable
        or ErrorCode.ReplicaNotAvailable or ErrorCode.NetworkException or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup
        or ErrorCode.GroupLoadInProgress or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.NotController or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.Local_NoEnt
        or ErrorCode.KafkaStorageError or ErrorCode.ConcurrentTransactions or ErrorCode.UnstableOffsetCommit or ErrorCode.UnknownTopicId or ErrorCode.OffsetNotAvailable;

    /// <summary>True when the brokers refuse who asks, or how.</summary>
    internal static bool IsRefusal(Error error) => error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism
        or ErrorCode.IllegalSaslState or ErrorCode.Local_Ssl or ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed
        or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed;

    /// <summary>True when the group knows the member not at all, or not as the one that it says it is: it will hear what became of its partitions.</summary>
    internal static bool IsFencing(Error error) => error.Code is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress
        or ErrorCode.FencedMemberEpoch or ErrorCode.StaleMemberEpoch;

    /// <summary>A sentence with the setting or the right at fault.</summary>
    internal static string Explain(Error error, string what, KafkaSettings settings) => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState =>
            $"The brokers at {settings.BootstrapServers} refuse this host's credentials ({Reason(error)}); correct Cmdr:Kafka:sasl.username, sasl.password and sasl.mechanism.",
        ErrorCode.Local_Ssl =>
            $"TLS with the brokers at {settings.BootstrapServers} fails ({Reason(error)}); correct Cmdr:Kafka:security.protocol and the ssl.* settings.",
        ErrorCode.TopicAuthorizationFailed =>
            $"This host's user may not use {what} ({Reason(error)}); grant it Describe, DescribeConfigs, Read and Write there, and Create while it does not exist.",
        ErrorCode.GroupAuthorizationFailed => $"This host's user may not use {what} ({Reason(error)}); grant it Read and Describe on the group.",
        ErrorCode.ClusterAuthorizationFailed => $"This host's user may not {what} ({Reason(error)}); grant it Describe, DescribeConfigs and IdempotentWrite on the cluster.",
        ErrorCode.TransactionalIdAuthorizationFailed =>
            $"This host's user may not use transactions ({Reason(error)}); grant it Write and Describe on the transactional ids that begin with {MemberId.Prefix}.",
        _ when MayPass(error) => $"No broker at {settings.BootstrapServers} answers for {what} ({Reason(error)}); the host tries on. Is Cmdr:Kafka:bootstrap.servers right, and do the brokers run?",
        _ => $"Kafka fails at {what}: {Reason(error)}.",
    };

    private static string Reason(Error error) => error.Reason is { Length: > 0 } reason ? reason : error.Code.ToString();
}
