Option Explicit

Private Sub Workbook_Open()
    ' Excel describes functions only once a workbook is open
    On Error Resume Next
    Application.OnTime Now, "'" & ThisWorkbook.Name & "'!NachraHelp.DescribeFunctions"
End Sub
