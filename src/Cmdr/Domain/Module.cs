namespace Cmdr;

/// <summary>A domain that joins a host by one line, <c>.Module&lt;BankingModule&gt;()</c>.</summary>
public interface IModule
{
    /// <summary>Declares the module's deciders and views.</summary>
    static abstract void Configure(CmdrBuilder cmdr);
}
