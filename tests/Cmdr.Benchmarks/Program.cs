System.Console.WriteLine("cells: none yet");
