Option Explicit
' Help of functions and arguments in Excel's function wizard, from the sheet that feeds the tooltips.

Public Sub DescribeFunctions()
    Dim sheet As Worksheet, row As Long, column As Long, count As Long
    Dim macro As String, category As Variant
    Dim help() As String
    ' an Excel that refuses a description still has the function
    On Error Resume Next
    Set sheet = ThisWorkbook.Worksheets("_IntelliSense_")
    row = 2
    Do While sheet.Cells(row, 1).Value <> ""
        macro = "'" & ThisWorkbook.Name & "'!" & sheet.Cells(row, 1).Value
        category = Application.VLookup(sheet.Cells(row, 1).Value, ThisWorkbook.Worksheets("nachra.texts").Range("A:B"), 2, False)
        count = 0
        column = 5
        Do While sheet.Cells(row, column).Value <> ""
            ReDim Preserve help(0 To count)
            help(count) = sheet.Cells(row, column).Value
            count = count + 1
            column = column + 2
        Loop
        If count = 0 Then
            Application.MacroOptions Macro:=macro, Description:=sheet.Cells(row, 2).Value, Category:=category
        Else
            Application.MacroOptions Macro:=macro, Description:=sheet.Cells(row, 2).Value, Category:=category, ArgumentDescriptions:=help
        End If
        row = row + 1
    Loop
End Sub
