namespace Cmdr.Kafka;

/// <summary>What became of a slice's commit.</summary>
internal enum CommitOutcome
{
    NotCommitted,
    Committed,

    /// <summary>Not committed, since the group does not know the member as the one that it was; it will hear so.</summary>
    Fenced,

    /// <summary>Whether it was committed, and whether what was committed before it still is: the log tells.</summary>
    Unknown,
}
