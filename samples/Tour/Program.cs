Console.WriteLine("Tour");
